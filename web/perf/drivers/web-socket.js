// SPDX-License-Identifier: MIT
/**
 * A WebSocket client of the few lines that controlling a browser on this machine takes.
 *
 * Method   RFC 6455 over a plain socket: handshake, masked text frames out, whole messages in. No TLS, no extensions.
 *          Node 20 has no WebSocket of its own, and a dependency would come to everyone who installs pinna.
 */
import crypto from 'node:crypto';
import net from 'node:net';

/** Appended to the key before it is hashed (RFC 6455, 1.3). */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const Opcode = Object.freeze({ CONTINUATION: 0, TEXT: 1, CLOSE: 8, PING: 9, PONG: 10 });

const CONNECT_MS = 15000;

/**
 * The frame at the start of the bytes.
 *
 * @param {Buffer} bytes
 * @returns {{ final: boolean, opcode: number, payload: Buffer, bytes: number } | null}  null while it is not whole
 */
export function parseFrame(bytes) {
  if (bytes.length < 2) {
    return null;
  }
  let length = bytes[1] & 0x7f;
  let at = 2;
  if (length === 126) {
    if (bytes.length < 4) {
      return null;
    }
    length = bytes.readUInt16BE(2);
    at = 4;
  } else if (length === 127) {
    if (bytes.length < 10) {
      return null;
    }
    length = Number(bytes.readBigUInt64BE(2));
    at = 10;
  }
  if (bytes.length < at + length) {
    return null;
  }
  return {
    final: (bytes[0] & 0x80) !== 0, opcode: bytes[0] & 0x0f, payload: bytes.subarray(at, at + length),
    bytes: at + length,
  };
}

/**
 * A frame as clients send it: whole, and masked.
 *
 * @param {number} opcode
 * @param {Buffer} payload
 */
export function makeFrame(opcode, payload) {
  const short = payload.length < 126;
  const middle = !short && payload.length < 65536;
  const at = short ? 2 : middle ? 4 : 10;
  const frame = Buffer.alloc(at + 4 + payload.length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (short ? payload.length : middle ? 126 : 127);
  if (middle) {
    frame.writeUInt16BE(payload.length, 2);
  } else if (!short) {
    frame.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  const mask = crypto.randomBytes(4);
  mask.copy(frame, at);
  for (let i = 0; i < payload.length; i++) {
    frame[at + 4 + i] = payload[i] ^ mask[i & 3];
  }
  return frame;
}

/** Connected once connectWebSocket resolves; `onMessage` and `onClose` are the owner's. */
export class WebSocketClient {
  /** @type {(text: string) => void} */
  onMessage = () => {};
  /** @type {(error: Error) => void} */
  onClose = () => {};

  #socket;
  /** @type {Buffer[]} bytes that are no whole frame yet */
  #waiting = [];
  #waitingBytes = 0;
  /** What the next frame needs at least, so that a long message is not joined anew with every packet. */
  #neededBytes = 2;
  /** @type {Buffer[]} frames of a message that goes on */
  #parts = [];

  /** @param {net.Socket} socket @param {Buffer} head  what came behind the handshake */
  constructor(socket, head) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('close', () => this.onClose(new Error('the connection to the browser ended')));
    socket.on('error', () => {
      // 'close' follows.
    });
    if (head.length > 0) {
      queueMicrotask(() => this.#receive(head));
    }
  }

  /** @param {string} text */
  send(text) {
    this.#socket.write(makeFrame(Opcode.TEXT, Buffer.from(text, 'utf8')));
  }

  close() {
    this.#socket.end(makeFrame(Opcode.CLOSE, Buffer.alloc(0)));
    this.#socket.unref();
  }

  /** @param {Buffer} bytes */
  #receive(bytes) {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes < this.#neededBytes) {
      return;
    }
    let rest = this.#waiting.length === 1 ? bytes : Buffer.concat(this.#waiting);
    for (let frame = parseFrame(rest); frame !== null; frame = parseFrame(rest)) {
      rest = rest.subarray(frame.bytes);
      this.#frame(frame);
    }
    this.#waiting = [rest];
    this.#waitingBytes = rest.length;
    const long = rest.length >= 10 && (rest[1] & 0x7f) === 127;
    this.#neededBytes = long ? 10 + Number(rest.readBigUInt64BE(2)) : rest.length + 1;
  }

  /** @param {{ final: boolean, opcode: number, payload: Buffer }} frame */
  #frame({ final, opcode, payload }) {
    if (opcode === Opcode.PING) {
      this.#socket.write(makeFrame(Opcode.PONG, payload));
    } else if (opcode === Opcode.CLOSE) {
      this.#socket.end();
    } else if (opcode === Opcode.TEXT || opcode === Opcode.CONTINUATION) {
      this.#parts.push(payload);
      if (final) {
        const text = Buffer.concat(this.#parts).toString('utf8');
        this.#parts = [];
        this.onMessage(text);
      }
    }
  }
}

/**
 * @param {string} url  ws://host:port/path
 * @returns {Promise<WebSocketClient>}
 * @throws {Error} when nobody answers, or not as a WebSocket
 */
export function connectWebSocket(url) {
  const { hostname, port, pathname, search } = new URL(url);
  const key = crypto.randomBytes(16).toString('base64');
  const accept = crypto.createHash('sha1').update(key + ACCEPT_SUFFIX).digest('base64');
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port || 80), hostname);
    socket.setNoDelay(true);
    const fail = (/** @type {string} */ why) => {
      clearTimeout(limit);
      socket.destroy();
      reject(new Error(`${url}: ${why}`));
    };
    const limit = setTimeout(() => fail('no answer'), CONNECT_MS);
    const onError = (/** @type {Error} */ error) => fail(error.message);
    socket.once('error', onError);
    socket.once('connect', () => socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n` +
      'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
      `Sec-WebSocket-Key: ${key}\r\n\r\n`));
    let answer = Buffer.alloc(0);
    const onData = (/** @type {Buffer} */ bytes) => {
      answer = Buffer.concat([answer, bytes]);
      const end = answer.indexOf('\r\n\r\n');
      if (end < 0) {
        return;
      }
      const header = answer.subarray(0, end).toString('latin1');
      if (!/^HTTP\/1\.1 101 /.test(header) ||
        !header.split('\r\n').some((line) => line.toLowerCase() === `sec-websocket-accept: ${accept}`.toLowerCase())) {
        fail(`answered ${header.split('\r\n', 1)[0]}`);
        return;
      }
      clearTimeout(limit);
      socket.off('data', onData);
      socket.off('error', onError);
      resolve(new WebSocketClient(socket, answer.subarray(end + 4)));
    };
    socket.on('data', onData);
  });
}
