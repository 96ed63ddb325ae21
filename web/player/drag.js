// SPDX-License-Identifier: MIT
/** Things that are taken in hand, by mouse, pen or finger. */

/**
 * @param {HTMLElement} element  of class "dragged" meanwhile
 * @param {(event: PointerEvent) => { move: (event: PointerEvent) => void, end: () => void }} begin
 */
export function drag(element, begin) {
  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !event.isPrimary) {
      return;
    }
    const { move, end } = begin(event);
    element.setPointerCapture(event.pointerId);
    element.classList.add('dragged');
    const finish = () => {
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', finish);
      element.removeEventListener('pointercancel', finish);
      element.removeEventListener('lostpointercapture', finish);
      element.classList.remove('dragged');
      end();
    };
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', finish);
    element.addEventListener('pointercancel', finish);
    element.addEventListener('lostpointercapture', finish);
  });
}
