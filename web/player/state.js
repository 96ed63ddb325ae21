// SPDX-License-Identifier: MIT
/** What a player is doing, in one word. */

/**
 * @typedef {'empty' | 'idle' | 'loading' | 'starting' | 'blocked' | 'playing' | 'paused' | 'ended' | 'error'
 * } PlayerState
 */

/**
 * @typedef {object} Facts
 * @property {boolean} failed
 * @property {boolean} blocked   the browser or the system holds the sound back
 * @property {boolean} playing   its time goes on
 * @property {boolean} loading   asked for; or done
 * @property {boolean} loaded
 * @property {boolean} starting  its engine
 * @property {boolean} ended
 * @property {boolean} named     there is something that could be loaded
 */

/**
 * The first of the facts that is worth telling.
 *
 * @param {Facts} facts
 * @returns {PlayerState}
 */
export function stateOf({ failed, blocked, playing, loading, loaded, starting, ended, named }) {
  if (failed) {
    return 'error';
  }
  if (blocked) {
    return 'blocked';
  }
  if (playing) {
    return 'playing';
  }
  if (loading && !loaded) {
    return 'loading';
  }
  if (starting) {
    return 'starting';
  }
  if (ended) {
    return 'ended';
  }
  if (loaded) {
    return 'paused';
  }
  return named ? 'idle' : 'empty';
}
