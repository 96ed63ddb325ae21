// SPDX-License-Identifier: MIT
/**
 * How the player looks: one constructed sheet for all players of a page, which policies against inline styles allow.
 *
 * Pages change it by custom properties (--pinna-accent and the others below) and by ::part().
 */
import { VIEW_CSS } from './view-style.js';

const LIGHT = `
  color-scheme: light;
  --paper: var(--pinna-paper, #f6f4ef);
  --card: var(--pinna-surface, #fffefb);
  --well: var(--pinna-well, #ece8df);
  --line: var(--pinna-line, #d9d3c6);
  --ink: var(--pinna-ink, #1f2126);
  --soft: var(--pinna-soft, #5a5d66);
  --accent: var(--pinna-accent, #0b6b62);
  --accent-ink: var(--pinna-accent-ink, #ffffff);
  --warn: var(--pinna-warn, #9a3412);
  --warn-wash: var(--pinna-warn-wash, #fdeee4);
  --left: #2660b8;
  --right: #b03a3a;
  --source-1: #0b7a6e;
  --source-2: #b4540a;
  --source-3: #5b4bc4;
  --source-4: #8a6200;
  --source-5: #b3286f;
  --source-6: #4d6a1f;
  --source-7: #1d6fb0;
  --source-8: #6b5b4d;
  --lift: 0 1px 2px rgb(40 34 20 / 8%), 0 12px 32px rgb(40 34 20 / 9%);
`;

const DARK = `
  color-scheme: dark;
  --paper: var(--pinna-paper, #12151a);
  --card: var(--pinna-surface, #1a1e25);
  --well: var(--pinna-well, #0f1217);
  --line: var(--pinna-line, #2f3540);
  --ink: var(--pinna-ink, #eceef2);
  --soft: var(--pinna-soft, #a2a8b4);
  --accent: var(--pinna-accent, #5fd0bf);
  --accent-ink: var(--pinna-accent-ink, #06231f);
  --warn: var(--pinna-warn, #ffb38a);
  --warn-wash: var(--pinna-warn-wash, #38221a);
  --left: #7fb0ff;
  --right: #ff8f8a;
  --source-1: #5fd0bf;
  --source-2: #ff9d57;
  --source-3: #a99bff;
  --source-4: #f2c84b;
  --source-5: #ff86c0;
  --source-6: #a8cf66;
  --source-7: #74bdf7;
  --source-8: #cbb8a6;
  --lift: 0 1px 2px rgb(0 0 0 / 40%), 0 14px 36px rgb(0 0 0 / 32%);
`;

const CSS = `
:host {
  display: block;
  max-width: 60rem;
  container-type: inline-size;
}

:host([hidden]),
[hidden] {
  display: none !important;
}

.player {
  ${LIGHT}
  --body: var(--pinna-font, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue",
    "Noto Sans", "DejaVu Sans", sans-serif);
  --display: var(--pinna-display-font, "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia,
    "Noto Serif", "DejaVu Serif", serif);
  --radius: var(--pinna-radius, 18px);
  position: relative;
  display: grid;
  overflow: hidden;
  border: 1px solid var(--line);
  border-radius: var(--radius);
  background: var(--card);
  box-shadow: var(--lift);
  color: var(--ink);
  font: 15px/1.45 var(--body);
  text-align: start;
}

@media (prefers-color-scheme: dark) {
  :host(:not([theme="light"])) .player {
    ${DARK}
  }
}

:host([theme="dark"]) .player {
  ${DARK}
}

*,
*::before,
*::after {
  box-sizing: border-box;
}

button,
input {
  margin: 0;
  color: inherit;
  font: inherit;
}

p {
  margin: 0;
}

:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: 2px;
}

.sr-only {
  position: absolute;
  width: 1px;
  height: 1px;
  margin: -1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

.icon {
  width: 22px;
  height: 22px;
  fill: none;
  stroke: currentColor;
  stroke-width: 1.7;
  stroke-linecap: round;
  stroke-linejoin: round;
}

.icon.solid {
  fill: currentColor;
  stroke-width: 0.6;
}

/* The picture */

.scene {
  position: relative;
  display: grid;
  grid-template-rows: minmax(280px, 1fr) auto;
  grid-template-columns: minmax(0, 1fr);
  border-bottom: 1px solid var(--line);
  background: radial-gradient(circle at 50% 46%, var(--card), var(--well) 85%);
}

.scene .view {
  grid-area: 1 / 1;
  background: none;
}

.scene .head {
  cursor: grab;
}

.cover {
  grid-area: 1 / 1;
  z-index: 600;
  display: grid;
  place-content: center;
  justify-items: center;
  gap: 0.7rem;
  padding: 1.25rem;
  background: color-mix(in srgb, var(--card) 92%, transparent);
  text-align: center;
}

.cover p {
  max-width: 22rem;
}

.ring {
  --done: 0;
  width: 64px;
  height: 64px;
  border-radius: 50%;
  background: conic-gradient(var(--accent) calc(var(--done) * 1turn), var(--line) 0);
  mask: radial-gradient(circle, transparent 26px, #000 27px);
}

.ring.unknown {
  --done: 0.25;
  animation: turn 1.1s linear infinite;
}

@keyframes turn {
  to {
    transform: rotate(1turn);
  }
}

/* Two lines are kept free while captions are on, so that nothing jumps when they come and go. */
.captions {
  display: grid;
  place-items: center;
  min-height: 3.9rem;
  padding: 0.35rem 1rem 0.6rem;
  text-align: center;
}

.caption {
  padding: 0.25rem 0.7rem 0.35rem;
  border-radius: 10px;
  background: #15181d;
  color: #ffffff;
  font-weight: 500;
  text-wrap: balance;
  white-space: pre-line;
}

/* What it is, and the controls */

.deck {
  display: grid;
  grid-template-columns: minmax(0, 1fr);
  align-content: space-between;
  gap: 0.85rem;
  padding: 1rem 1.1rem 1.05rem;
}

.about {
  display: grid;
  gap: 0.1rem;
  min-width: 0;
}

.title {
  overflow: hidden;
  font: 600 1.35rem/1.2 var(--display);
  letter-spacing: -0.01em;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.kind {
  color: var(--soft);
  font-size: 0.86rem;
}

.timeline {
  position: relative;
  height: 64px;
  border-radius: 8px;
  cursor: pointer;
  touch-action: pan-y;
  user-select: none;
  -webkit-user-select: none;
  -webkit-tap-highlight-color: transparent;
}

.timeline[aria-disabled="true"] {
  cursor: default;
}

.timeline canvas {
  position: absolute;
  inset: 0;
  width: 100%;
  height: 100%;
}

.bubble {
  position: absolute;
  top: -1.55rem;
  left: clamp(1.4rem, var(--at, 0%), calc(100% - 1.4rem));
  padding: 0 0.45rem;
  border-radius: 6px;
  background: var(--ink);
  color: var(--card);
  font-size: 0.78rem;
  font-variant-numeric: tabular-nums;
  transform: translateX(-50%);
  opacity: 0;
  pointer-events: none;
}

.bubble.shown {
  opacity: 1;
}

.row {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 0.55rem 0.75rem;
}

.push {
  margin-inline-start: auto;
}

.play {
  display: grid;
  place-items: center;
  flex: none;
  width: 56px;
  height: 56px;
  padding: 0;
  border: 0;
  border-radius: 50%;
  background: var(--accent);
  color: var(--accent-ink);
  cursor: pointer;
  transition: transform 120ms ease, filter 120ms ease;
}

.play .icon {
  width: 28px;
  height: 28px;
}

.play:hover {
  filter: brightness(1.08);
}

.play:active {
  transform: scale(0.96);
}

.play[aria-disabled="true"] {
  filter: saturate(0.3) opacity(0.65);
  cursor: default;
}

.time {
  font-size: 1.02rem;
  font-variant-numeric: tabular-nums;
  white-space: nowrap;
}

.time span + span {
  color: var(--soft);
}

.tool {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  gap: 0.4rem;
  min-width: 44px;
  height: 44px;
  padding: 0 0.6rem;
  border: 1px solid transparent;
  border-radius: 12px;
  background: none;
  cursor: pointer;
}

.tool:hover {
  background: color-mix(in srgb, var(--well) 75%, transparent);
}

.tool.word {
  border-color: var(--line);
  padding: 0 0.85rem;
  font-size: 0.9rem;
  font-weight: 600;
}

.tool[aria-pressed="true"] {
  border-color: var(--accent);
  background: color-mix(in srgb, var(--accent) 14%, transparent);
  color: var(--accent);
}

.tools {
  display: flex;
  flex: 0 1 auto;
  gap: 0.15rem;
}

.volume {
  display: flex;
  flex: 0 1 9rem;
  align-items: center;
  gap: 0.2rem;
  min-width: 0;
}

.volume input {
  min-width: 0;
}

.transport {
  flex-wrap: nowrap;
}

.space {
  display: grid;
  grid-template-columns: auto minmax(5rem, 1fr) 3.2rem;
  flex: 1 1 12rem;
  align-items: center;
  gap: 0.7rem;
  font-size: 0.9rem;
  font-weight: 600;
}

.space output {
  color: var(--soft);
  font-weight: 400;
  font-variant-numeric: tabular-nums;
  text-align: end;
}

input[type="range"] {
  width: 100%;
  min-height: 32px;
  background: none;
  accent-color: var(--accent);
  cursor: pointer;
}

.levels {
  display: grid;
  grid-template-columns: auto 4.2rem;
  align-items: center;
  gap: 0.22rem 0.45rem;
  color: var(--soft);
  font-size: 0.68rem;
  line-height: 1;
}

.levels i {
  height: 5px;
  overflow: hidden;
  border-radius: 3px;
  background: var(--well);
}

.levels i::before {
  content: "";
  display: block;
  height: 100%;
  background: var(--colour);
  transform: scaleX(var(--level, 0));
  transform-origin: left;
}

.problem {
  display: grid;
  justify-items: start;
  gap: 0.35rem;
  padding: 0.8rem 1rem 0.9rem;
  border: 1px solid var(--warn);
  border-radius: 12px;
  background: var(--warn-wash);
  font-size: 0.92rem;
}

.problem strong {
  color: var(--warn);
}

.problem p {
  max-height: 9.5em;
  overflow: auto;
  overflow-wrap: anywhere;
}

.problem .tool {
  margin-top: 0.25rem;
  background: var(--card);
}

@container (min-width: 640px) {
  .player {
    grid-template-columns: minmax(250px, 38%) minmax(0, 1fr);
  }

  .scene {
    grid-template-rows: minmax(332px, 1fr) auto;
    border-bottom: 0;
    border-inline-end: 1px solid var(--line);
  }

  .deck {
    padding: 1.15rem 1.35rem 1.2rem;
  }

  .title {
    font-size: 1.55rem;
  }
}

@container (max-width: 420px) {
  .levels {
    display: none;
  }

  .space {
    flex-basis: 100%;
  }

  .tools {
    flex: 1;
    justify-content: space-between;
  }
}

/* What cannot be played has no use for its controls. */
.player[data-state="error"] :is(.timeline, .transport, .shape) {
  display: none;
}

.player[data-state="error"] .deck {
  align-content: start;
}

@media (forced-colors: active) {
  .tool[aria-pressed="true"] {
    outline: 2px solid Highlight;
  }

  .handle .dot,
  .levels i::before {
    forced-color-adjust: none;
  }
}

@media (prefers-reduced-motion: reduce) {
  *,
  *::before,
  *::after {
    animation: none !important;
    transition: none !important;
  }
}
`;

/** @type {CSSStyleSheet | null} */
let sheet = null;

/** @returns {CSSStyleSheet} the same for all players */
export function playerSheet() {
  if (sheet === null) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(VIEW_CSS + CSS);
  }
  return sheet;
}
