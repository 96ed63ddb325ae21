// SPDX-License-Identifier: MIT
/**
 * How a view looks. What colours it has comes from around it: --card, --well, --paper, --line, --ink, --soft, --accent,
 * --left, --right, --source-1 to --source-8, and the font --body.
 */
export const VIEW_CSS = `
.view {
  position: relative;
  width: 100%;
  overflow: hidden;
  background: radial-gradient(circle at center, var(--card), var(--well));
}

/* Fingers that wipe up and down over the picture still scroll the page. */
.view canvas {
  position: absolute;
  inset: 0;
  width: 100%;
  height: 100%;
  cursor: grab;
  touch-action: pan-y;
}

.view canvas.dragged {
  cursor: grabbing;
}

.handles {
  position: absolute;
  inset: 0;
  pointer-events: none;
}

.handle,
.view .head {
  position: absolute;
  top: 0;
  left: 0;
  padding: 0;
  border: 0;
  background: none;
  pointer-events: auto;
  touch-action: none;
  user-select: none;
  -webkit-user-select: none;
  -webkit-tap-highlight-color: transparent;
  cursor: grab;
}

.handle.dragged,
.view .head.dragged {
  cursor: grabbing;
}

.handle {
  display: grid;
  place-items: center;
  width: 44px;
  height: 44px;
  border-radius: 50%;
  line-height: 1;
}

.handle .dot {
  width: calc(22px * var(--size, 1));
  height: calc(22px * var(--size, 1));
  border: 2px solid var(--card);
  border-radius: 50%;
  background: var(--colour);
  box-shadow: 0 1px 5px rgb(0 0 0 / 35%);
  color: var(--paper);
  font: 700 calc(11px * var(--size, 1))/1 var(--body);
  display: grid;
  place-items: center;
}

/* What the eye is told beside the name is told to others by the label: here it is no text. */
.handle .dot::before {
  content: attr(data-letter);
}

.handle .name::after {
  content: attr(data-height);
}

.handle .name {
  position: absolute;
  bottom: calc(50% + 9px * var(--size, 1) + 8px);
  padding: 2px 7px 3px;
  border-radius: 7px;
  background: color-mix(in srgb, var(--card) 82%, transparent);
  color: var(--ink);
  font: 600 12px/1.2 var(--body);
  white-space: nowrap;
  pointer-events: none;
}

.handle.below .name {
  top: calc(50% + 9px * var(--size, 1) + 8px);
  bottom: auto;
}

.handle.selected .dot {
  outline: 3px solid color-mix(in srgb, var(--colour) 45%, transparent);
  outline-offset: 2px;
}

.handle.selected .name {
  background: var(--colour);
  color: var(--paper);
}

.handle.locked .dot {
  border-radius: 30%;
}

.handle.muted .dot {
  background: var(--well);
  border-color: var(--colour);
  color: var(--colour);
}

.handle.muted:not(.selected) .name {
  color: var(--soft);
}

.handle:focus-visible,
.view .head:focus-visible {
  outline: 3px solid var(--accent);
  outline-offset: -1px;
}

.view .head {
  z-index: 50;
  min-width: 44px;
  min-height: 44px;
  border-radius: 50%;
}
`;
