// SPDX-License-Identifier: MIT
/**
 * Captions: WebVTT in, what is to be read at a time out.
 *
 * Source   W3C WebVTT, section 6 (parsing): signature, blocks, timings, cue text. Regions, styles and positions are
 *          left out: a player has one place for captions.
 */
import { PlayerError } from './error.js';

/**
 * @typedef {object} Cue
 * @property {number} startS
 * @property {number} endS
 * @property {string} text  lines, each with its speaker before it where the file names one
 */

const TIME = /^(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})$/;

/** @type {Record<string, string>} */
const ENTITIES = { amp: '&', lt: '<', gt: '>', lrm: '\u200e', rlm: '\u200f', nbsp: '\u00a0' };

/**
 * @param {string} text  of a WebVTT file
 * @param {string} name  of the file, for messages
 * @returns {Cue[]} in order of their beginnings
 * @throws {PlayerError} 'captions'
 */
export function parseCaptions(text, name) {
  const lines = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  if (!/^WEBVTT(?:[ \t\n]|$)/.test(lines)) {
    throw new PlayerError('captions', `${name} is not a WebVTT file: its first line must be WEBVTT`);
  }
  /** @type {Cue[]} */
  const cues = [];
  for (const block of lines.split(/\n{2,}/).slice(1)) {
    const rows = block.split('\n').filter((row) => row !== '');
    const at = rows.findIndex((row) => row.includes('-->'));
    // A cue has its times in the first line, or in the second behind its name; notes and styles have none.
    if (at !== 0 && at !== 1) {
      continue;
    }
    const [from, rest] = rows[at].split('-->').map((part) => part.trim());
    const startS = seconds(from);
    const endS = seconds(rest.split(/\s/, 1)[0]);
    if (startS !== null && endS !== null && endS > startS) {
      cues.push({ startS, endS, text: plain(rows.slice(at + 1).join('\n')) });
    }
  }
  return cues.sort((a, b) => a.startS - b.startS);
}

/** @param {string} text @returns {number | null} */
function seconds(text) {
  const match = TIME.exec(text);
  return match && Number(match[1] ?? 0) * 3600 + Number(match[2]) * 60 + Number(match[3]) + Number(match[4]) / 1000;
}

/** Cue text without its marks; who speaks is written before it. @param {string} text */
function plain(text) {
  return text
    .replace(/<v(?:\.[^\s>]*)?\s+([^>]+)>/g, (_, who) => `${who.trim()}: `)
    .replace(/<[^>]*>/g, '')
    .replace(/&(\w+);/g, (whole, entity) => (Object.hasOwn(ENTITIES, entity) ? ENTITIES[entity] : whole))
    .trim();
}

/**
 * What is to be read at a time.
 *
 * @param {readonly Cue[]} cues
 * @param {number} atS
 * @returns {string} lines; empty = nothing
 */
export function captionAt(cues, atS) {
  return cues.filter(({ startS, endS }) => startS <= atS && atS < endS).map(({ text }) => text).join('\n');
}
