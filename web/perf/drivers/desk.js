// SPDX-License-Identifier: MIT
/**
 * What browsers want around them on a machine that nobody sits at: a screen, and a sound card.
 *
 * Chromium has a silent output of its own and needs neither. WebKitGTK has no headless mode. Firefox's contexts do not
 * start without an output device: a private PulseAudio with a sink that leads nowhere keeps real time.
 */
import fs from 'node:fs';
import path from 'node:path';
import { Program, findProgram, removeFolder, temporaryFolder } from './processes.js';

const START_MS = 15000;

/** @typedef {{ env: Record<string, string>, close: () => Promise<void> }} DeskPart */

/** @returns {Promise<DeskPart | null>}  null where there is no Xvfb */
export async function startScreen() {
  const file = findProgram(['Xvfb']);
  if (file === undefined) {
    return null;
  }
  // The server chooses a free number and says it on the descriptor of standard error.
  const screen = new Program(file, ['-displayfd', '2', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp', '-noreset']);
  const number = await screen.started(/^(\d+)$/m, START_MS);
  return { env: { DISPLAY: `:${number}` }, close: () => screen.end() };
}

/** Whether a sound server answers already. */
export function hasSound() {
  const runtime = process.env.XDG_RUNTIME_DIR;
  return Boolean(process.env.PULSE_SERVER) || process.platform !== 'linux' ||
    Boolean(runtime && fs.existsSync(path.join(runtime, 'pulse/native')));
}

/** @returns {Promise<DeskPart | null>}  null where there is no PulseAudio */
export async function startSound() {
  const file = findProgram(['pulseaudio']);
  if (file === undefined) {
    return null;
  }
  const folder = temporaryFolder('sound');
  const socket = path.join(folder, 'socket');
  const server = new Program(file, ['-n', '--daemonize=no', '--exit-idle-time=-1', '--disable-shm=yes',
    '--use-pid-file=no', '-L', `module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
    '-L', 'module-null-sink sink_name=null rate=48000 channels=2'],
  { HOME: folder, XDG_RUNTIME_DIR: folder, XDG_CONFIG_HOME: folder });
  await server.started(async () => fs.existsSync(socket), START_MS);
  return {
    env: { PULSE_SERVER: `unix:${socket}` },
    close: async () => {
      await server.end();
      removeFolder(folder);
    },
  };
}
