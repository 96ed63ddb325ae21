// SPDX-License-Identifier: MIT
/**
 * The head pose of a WebXR session, frame by frame, predicted on the audio thread to when each sound is heard.
 *
 * WebXR's axes are pinna's, so nothing is turned. Only the clock is converted: a pose holds at its frame's predicted
 * display time, which is told to the engine as context time.
 */
import { Scene } from '../shared/layout.gen.js';
import { ContextClock } from '../clock.js';
import { shown } from '../errors.js';

/** @typedef {import('../pinna.js').Pinna} Pinna */
/** @typedef {import('../engine/core.js').Core} Core */

/** Speeds of a pose; not every browser measures them. @typedef {XRViewerPose & XRVelocities} PoseWithVelocity */
/** @typedef {{ linearVelocity?: DOMPointReadOnly | null, angularVelocity?: DOMPointReadOnly | null }} XRVelocities */

/** How often a context that the system interrupted is asked to go on. */
const RESUME_EVERY_MS = 500;

/** Entering a session suspends the context on some systems; a context that is suspended later, the page suspended. */
const ENTERING_MS = 3000;

/**
 * An attachment; it ends by itself with the session.
 *
 * @typedef {object} XRAttachment
 * @property {() => void} detach  stops following the head; its last pose stays
 * @property {boolean} attached
 * @property {boolean} tracking   whether the last frame had a pose
 * @property {boolean} emulatedPosition  whether its position was guessed by the device
 * @property {number} frames      poses taken
 */

/**
 * Gives the listener the head of one frame: for pages whose framework has the session's animation loop. In that loop:
 *
 *     const tracked = listenerFromFrame(pinna, frame, { referenceSpace, clock, timeMs, teleport: !wasTracked });
 *
 * Space    the reference space is the world in which sources are placed.  Thread  main.
 * Realtime no: a pose is an object of the browser's making.
 *
 * @param {Pinna} pinna
 * @param {XRFrame} frame
 * @param {object} options
 * @param {XRReferenceSpace} options.referenceSpace
 * @param {ContextClock} options.clock  of pinna's context
 * @param {number} options.timeMs       of the frame, as the session's loop got it
 * @param {boolean} [options.teleport]  the head may be anywhere since the last call: it is jumped to; false
 * @returns {XRViewerPose | null}       null = no tracking, and the listener was left as it was
 */
export function listenerFromFrame(pinna, frame, { referenceSpace, clock, timeMs, teleport = false }) {
  const pose = /** @type {PoseWithVelocity | undefined} */ (frame.getViewerPose(referenceSpace));
  if (!pose) {
    return null;
  }
  const displayMs = /** @type {{ predictedDisplayTime?: number }} */ (frame).predictedDisplayTime ?? timeMs;
  const { position, orientation } = pose.transform;
  pinna.listener.setPose(position, orientation, {
    time: clock.contextTimeAt(displayMs),
    teleport,
    velocity: { linear: pose.linearVelocity, angular: pose.angularVelocity },
  });
  pinna.commit();
  return pose;
}

/**
 * Follows the head of a session.
 *
 * @param {Pinna} pinna
 * @param {Core} core
 * @param {XRSession} session
 * @param {XRReferenceSpace} referenceSpace  the listener's world: the one in which sources are placed
 * @returns {XRAttachment}
 */
export function attachXR(pinna, core, session, referenceSpace) {
  if (typeof session?.requestAnimationFrame !== 'function') {
    throw new TypeError(`attachXR needs an XRSession, not ${shown(session)}`);
  }
  if (typeof referenceSpace?.addEventListener !== 'function') {
    throw new TypeError(`attachXR needs an XRReferenceSpace, as session.requestReferenceSpace('local-floor') gives ` +
      `it, not ${shown(referenceSpace)}`);
  }
  const { context } = core;
  const clock = new ContextClock(context);
  // The first pose may be anywhere, and so may the first after a loss or a reset: it is jumped to.
  let jump = true;
  let frameRequest = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let resumeTimer;
  let enteredMs = performance.now();

  const attachment = { detach, attached: true, tracking: false, emulatedPosition: false, frames: 0 };

  /** @param {number} timeMs @param {XRFrame} frame */
  function onFrame(timeMs, frame) {
    if (!attachment.attached) {
      return;
    }
    frameRequest = session.requestAnimationFrame(onFrame);
    const pose = listenerFromFrame(pinna, frame, { referenceSpace, clock, timeMs, teleport: jump });
    attachment.tracking = Boolean(pose);
    if (!pose) {
      hold();
      return;
    }
    attachment.emulatedPosition = pose.emulatedPosition;
    attachment.frames += 1;
    jump = false;
  }

  /** Without tracking the head stays where it was: extrapolating on would turn the world. */
  function hold() {
    if (core.writer.flag(Scene.PREDICT)) {
      core.writer.setFlag(Scene.PREDICT, false);
      core.changed();
    }
    jump = true;
  }

  function onReset() {
    jump = true;
  }

  /** Only a visible session is to have sound, and only what the system stopped is started again. */
  function keepSounding() {
    const stopped = /** @type {string} */ (context.state) === 'interrupted' ||
      (context.state === 'suspended' && performance.now() - enteredMs < ENTERING_MS);
    const wanted = attachment.attached && stopped && session.visibilityState !== 'hidden' && pinna.state !== 'failed';
    if (!wanted) {
      clearInterval(resumeTimer);
      resumeTimer = undefined;
      return;
    }
    pinna.resume().catch(() => {
      // Tried again by the timer: until the system allows it there is nothing else to do.
    });
    resumeTimer ??= setInterval(keepSounding, RESUME_EVERY_MS);
  }

  function onVisibility() {
    if (session.visibilityState === 'hidden') {
      hold();
    } else {
      enteredMs = performance.now();
    }
    keepSounding();
  }

  function detach() {
    if (!attachment.attached) {
      return;
    }
    attachment.attached = false;
    attachment.tracking = false;
    clearInterval(resumeTimer);
    session.cancelAnimationFrame(frameRequest);
    referenceSpace.removeEventListener('reset', onReset);
    session.removeEventListener('end', detach);
    session.removeEventListener('visibilitychange', onVisibility);
    context.removeEventListener('statechange', keepSounding);
    core.detachments.delete(detach);
    hold();
  }

  referenceSpace.addEventListener('reset', onReset);
  session.addEventListener('end', detach);
  session.addEventListener('visibilitychange', onVisibility);
  context.addEventListener('statechange', keepSounding);
  core.detachments.add(detach);
  frameRequest = session.requestAnimationFrame(onFrame);
  if (!core.offline) {
    keepSounding();
  }
  return attachment;
}
