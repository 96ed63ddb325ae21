// SPDX-License-Identifier: MIT
import { createPinna } from 'pinna';

/**
 * @param {AudioContext} context
 * @param {AudioBuffer} buffer
 * @param {(move: (seconds: number) => void) => void} everyFrame
 */
export async function circle(context, buffer, everyFrame) {
  const pinna = await createPinna(context);
  pinna.connect(context.destination);
  const voice = pinna.createSource({ buffer, loop: true, autoplay: true });
  everyFrame((t) => voice.setPosition(Math.sin(t), 0, -Math.cos(t)));
  return pinna;
}
