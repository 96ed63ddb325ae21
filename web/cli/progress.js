// SPDX-License-Identifier: MIT
/** One line on a terminal that is redrawn in place; nothing where standard error is not a terminal. */

const REDRAW_MS = 100;

export class Progress {
  /**
   * @param {string} label
   * @param {NodeJS.WriteStream} [stream]
   */
  constructor(label, stream = process.stderr) {
    this.label = label;
    this.stream = stream;
    this.shown = false;
    this.nextMs = performance.now() + REDRAW_MS;
  }

  /**
   * @param {number} fraction done, 0 to 1
   * @param {string} [remark]
   */
  update(fraction, remark = '') {
    if (!this.stream.isTTY || performance.now() < this.nextMs) {
      return;
    }
    this.nextMs = performance.now() + REDRAW_MS;
    this.shown = true;
    const width = Math.max(20, (this.stream.columns || 80) - 1);
    this.stream.write(`\r\x1b[K${`${this.label} ${Math.floor(fraction * 100)} %${remark}`.slice(0, width)}`);
  }

  /** Takes the line away. */
  done() {
    if (this.shown) {
      this.stream.write('\r\x1b[K');
      this.shown = false;
    }
  }
}
