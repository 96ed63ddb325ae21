// SPDX-License-Identifier: MIT
/**
 * AudioParams that belong to no node of the browser's: each is a ConstantSourceNode's, so everything that a param can
 * do (every kind of automation, other nodes connected to it, the errors) is the browser's own, to the sample.
 */

export class MovingParams {
  /** @type {ConstantSourceNode[]} */
  nodes;

  /**
   * @param {BaseAudioContext} context
   * @param {readonly number[]} defaults  one param each
   */
  constructor(context, defaults) {
    this.nodes = defaults.map((value) => {
      const node = new ConstantSourceNode(context, { offset: value });
      // A ConstantSourceNode's own is always 1.
      Object.defineProperty(node.offset, 'defaultValue', { value, configurable: true });
      node.start();
      return node;
    });
  }

  /** @param {number} index @returns {AudioParam} */
  at(index) {
    return this.nodes[index].offset;
  }

  /**
   * Sets some of them now, as the methods of old do: all or, where one is not a number, none.
   *
   * @param {number} from  index of the first
   * @param {number[]} values
   * @param {string} method  for the error
   */
  set(from, values, method) {
    const numbers = values.map(Number);
    if (!numbers.every((value) => Number.isFinite(Math.fround(value)))) {
      throw new TypeError(`Failed to execute '${method}': the provided float value is non-finite.`);
    }
    numbers.forEach((value, i) => {
      this.at(from + i).value = value;
    });
  }
}
