// SPDX-License-Identifier: MIT
/** Elements made by hand: no markup is parsed, so that pages whose policy forbids it (Trusted Types) can use them. */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** Drawn on 24 by 24, with round lines. @type {Record<string, string[]>} */
const ICONS = {
  play: ['M8 5.2v13.6a.8.8 0 0 0 1.2.7l11-6.8a.8.8 0 0 0 0-1.4l-11-6.8a.8.8 0 0 0-1.2.7z'],
  pause: ['M7 5h3.4v14H7z', 'M13.6 5H17v14h-3.4z'],
  again: ['M4.5 12a7.5 7.5 0 1 0 2.4-5.5', 'M4 3.6v4.2h4.2'],
  loud: ['M4 9.5v5h3.2L12 18.6V5.4L7.2 9.5z', 'M15.2 9a4.2 4.2 0 0 1 0 6', 'M17.6 6.6a7.6 7.6 0 0 1 0 10.8'],
  muted: ['M4 9.5v5h3.2L12 18.6V5.4L7.2 9.5z', 'M15.6 9.6l4.8 4.8', 'M20.4 9.6l-4.8 4.8'],
  loop: ['M6.5 17.5H16a4 4 0 0 0 4-4V12', 'M9 20.5l-3-3 3-3', 'M17.5 6.5H8a4 4 0 0 0-4 4V12', 'M15 3.5l3 3-3 3'],
  captions: ['M5.5 5h13A2.5 2.5 0 0 1 21 7.5v9a2.5 2.5 0 0 1-2.5 2.5h-13A2.5 2.5 0 0 1 3 16.5v-9A2.5 2.5 0 0 1 5.5 5z',
    'M10.6 10.4a2.1 2.1 0 1 0 0 3.2', 'M17 10.4a2.1 2.1 0 1 0 0 3.2'],
  ahead: ['M12 20.5a7 7 0 1 0 0-14 7 7 0 0 0 0 14z', 'M9.6 6.2L12 2.8l2.4 3.4'],
  phone: [
    'M8.5 2.8h7A1.7 1.7 0 0 1 17.2 4.5v15a1.7 1.7 0 0 1-1.7 1.7h-7a1.7 1.7 0 0 1-1.7-1.7v-15a1.7 1.7 0 0 1 1.7-1.7z',
    'M11 18.4h2', 'M3.4 9.2a7 7 0 0 0 0 5.6', 'M20.6 9.2a7 7 0 0 1 0 5.6'],
  places: ['M5.2 8.4A8 8 0 1 1 4 12.6', 'M5 4v4.5h4.5', 'M12 12m-1.5 0a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0'],
};

/** Filled; the others are lines. */
const SOLID = ['play', 'pause'];

/** @param {keyof typeof ICONS} name @returns {SVGSVGElement} */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', SOLID.includes(String(name)) ? 'icon solid' : 'icon');
  for (const d of ICONS[name]) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}

/**
 * Changes an element's text where it differs: what is read out is not read out again.
 *
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
