// SPDX-License-Identifier: MIT
/** The tables at the end of `npm run bench`: readable on a terminal, and Markdown. */

const BUDGET_US = 128 / 48000 * 1e6;

/**
 * @typedef {object} EngineRow
 * @property {number} sources
 * @property {string} motion
 * @property {string} input
 * @property {string} [module]
 * @property {number} p50_us      of a block, all sources
 * @property {number} p99_us
 * @property {number} worst_us
 * @property {number} longest_us  with whatever else the machine did meanwhile
 */

/** @typedef {{ name: string, unit: string, flops: number, ns: number }} KernelRow */
/** @typedef {Awaited<ReturnType<typeof import('./chromium.mjs').benchChromium>>} Chromium */

/**
 * @typedef {object} Figures
 * @property {string} command
 * @property {Record<string, string>} circumstances
 * @property {number} seconds
 * @property {{ engine: EngineRow[], kernels: KernelRow[],
 *   memory: { sources: number, engine_bytes: number, head_bytes: number }[] } | null} native
 * @property {{ engine: EngineRow[], kernels: KernelRow[], scalarKernels: KernelRow[],
 *   memory: { sources: number, wasm_bytes: number }[], soak: ReturnType<typeof import('./wasm.mjs').soak> | null } |
 *   null} wasm
 * @property {Chromium | null} chromium
 */

/**
 * @param {string[]} head
 * @param {string[][]} rows  numbers are set to the right
 */
export function table(head, rows) {
  const widths = head.map((title, i) => Math.max(title.length, 3, ...rows.map((row) => row[i].length)));
  const right = head.map((_, i) => rows.every((row) => /^[-+]?[\d.]|^-?$/.test(row[i])));
  /** @param {string[]} cells */
  const line = (cells) =>
    `| ${cells.map((cell, i) => (right[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rules = widths.map((width, i) => (right[i] ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2)));
  const rule = `|${rules.join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Three digits that count. @param {number} value */
export function short(value) {
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** @param {EngineRow[]} rows */
function engineTable(rows) {
  return table(
    ['sources', 'motion', 'input', 'us/source p50', 'p99', 'worst', 'block p50 us', '% of budget', 'worst %'],
    rows.map(({ sources, motion, input, p50_us: p50, p99_us: p99, worst_us: worst }) => [
      String(sources), motion, input, short(p50 / sources), short(p99 / sources), short(worst / sources), short(p50),
      short(100 * p50 / BUDGET_US), short(100 * worst / BUDGET_US),
    ]),
  );
}

/**
 * With the product alone, which is what transform and product together take longer than the transform.
 * @param {KernelRow[]} rows
 */
function kernelTable(rows) {
  const limit = rows[0];
  /** @param {string} name */
  const named = (name) => /** @type {KernelRow} */ (rows.find((row) => row.name === name));
  const transform = named('FFT4 forward');
  const derived = [['at rest', 'product at rest'], ['in motion', 'product in motion']].map(([kind, name]) => {
    const whole = named(`gather, FFT4, product ${kind}`);
    return {
      name: `  of this gather and ${name}`, unit: 'source', flops: whole.flops - transform.flops,
      ns: whole.ns - transform.ns,
    };
  });
  const list = rows.slice(1).flatMap((row) =>
    row.name.endsWith('at rest') ? [row, derived[0]] : row.name.endsWith('in motion') ? [row, derived[1]] : [row]);
  const speed = 1 / limit.ns;
  return `Arithmetic limit, multiplications and additions in registers: ${short(speed)} GFLOP/s.\n\n` + table(
    ['kernel', 'a', 'operations', 'floor ns', 'ns', '% of limit'],
    list.map(({ name, unit, flops, ns }) => [
      name, unit, flops ? flops.toFixed(0) : '', flops ? short(flops * limit.ns) : '', short(ns),
      flops ? short(100 * flops * limit.ns / ns) : '',
    ]),
  );
}

/** @param {Chromium} chromium */
function chromiumTables({ rows }) {
  const head = ['sources', 'PannerNode', 'us', 'pinna, live inputs', 'of it', 'pinna, clips', 'of it'];
  /** @param {'least' | 'median'} by */
  const by = (by) => table(head, rows.map(({ sources, motion, panner, live, clip }) => [
    String(sources), motion, short(panner[`${by}_us`]), short(live[`${by}_us`]), short(live[`ratio_${by}`]),
    short(clip[`${by}_us`]), short(clip[`ratio_${by}`]),
  ]));
  const most = rows[rows.length - 1].sources;
  const moved = /** @type {Chromium['rows'][0]} */ (
    rows.find((row) => row.sources === most && row.motion === 'moved'));
  return [
    'Least over the rounds:', by('least'), 'Median over the rounds:', by('median'),
    `An AudioWorklet that does nothing costs ${rows.filter(({ motion }) => motion === 'static')
      .map(({ sources: n, worklet_us: us }) => `${short(us)} us a quantum with ${n} ${n > 1 ? 'inputs' : 'input'}`)
      .join(', ')}; it is in pinna's figures, and is why these fall with the number of sources.`,
    `Moving ${most} sources once costs the page's own thread ${short(moved.live.page_us)} us (setPosition) beside ` +
      `${short(moved.panner.page_us)} us (PannerNode's three values); neither is in the tables. The base, sounds ` +
      `without panning, is ${short(moved.base_us)} us a source, and is taken off.`,
  ].join('\n\n');
}

/** @param {Figures} figures */
function memoryText({ native, wasm }) {
  const parts = [];
  if (native) {
    parts.push(table(['sources', 'pn_engine_size MB', 'head MB', 'both', ...(wasm ? ['wasm memory MB'] : [])],
      native.memory.map(({ sources, engine_bytes: engine, head_bytes: head }) => [
        String(sources), short(engine / 1e6), short(head / 1e6), short((engine + head) / 1e6),
        ...(wasm ? [short((wasm.memory.find((row) => row.sources === sources)?.wasm_bytes ?? NaN) / 1e6)] : []),
      ])));
  } else if (wasm) {
    parts.push(table(['sources', 'wasm memory MB'],
      wasm.memory.map(({ sources, wasm_bytes: bytes }) => [String(sources), short(bytes / 1e6)])));
  }
  if (wasm?.soak) {
    const { seconds, sources, times_real_time: speed, ...bytes } = wasm.soak;
    parts.push([
      `${seconds / 60} minutes of ${sources} moving sources with Doppler, one replaced and one clip exchanged every`,
      `second, at ${short(speed)} times real time: wasm memory ${bytes.wasm_bytes_began} bytes at the beginning,`,
      `${bytes.wasm_bytes_ended} at the end; Node's heap ${short(bytes.heap_bytes_began / 1e6)} MB after one minute,`,
      `${short(bytes.heap_bytes_ended / 1e6)} MB at the end.`,
    ].join(' '));
  }
  return parts.join('\n\n');
}

/**
 * @param {Figures} figures
 * @returns {string} Markdown
 */
export function report(figures) {
  const { command, circumstances: c, seconds, native, wasm, chromium } = figures;
  const quiet = 'A block is worth its least time over the rounds; p50, p99 and worst are over the blocks of a case. ' +
    `The budget of a block is ${BUDGET_US.toFixed(0)} us.`;
  const parts = [
    `${c.date} UTC, \`${command}\`, ${seconds} s. pinna ${c.pinna} at ${c.commit}; ${c.machine}; ${c.system}; ` +
      `load before ${c.load}; gcc ${c.gcc}, emcc ${c.emcc}, Node ${c.node}` +
      `${chromium ? `, Chromium ${chromium.version}` : ''}.`,
  ];
  if (native) {
    parts.push('## Engine, native', quiet, engineTable(native.engine));
  }
  if (wasm) {
    const simd = wasm.engine.filter((row) => row.module === 'pinna');
    const scalar = wasm.engine.filter((row) => row.module !== 'pinna');
    parts.push('## Engine, wasm in Node', quiet, engineTable(simd), 'pinna-scalar.wasm, for machines without SIMD:',
      engineTable(scalar));
    const longest = Math.max(...simd.map((row) => row.longest_us));
    parts.push(`Longest block of all, with whatever else the machine did meanwhile: ${short(longest)} us.`);
  }
  if (chromium) {
    parts.push('## pinna\'s AudioWorklet and PannerNode HRTF in one page of Chromium',
      `Microseconds a source and quantum of 128 frames, the base taken off; ${chromium.rounds} rounds of ` +
        `${chromium.seconds} s of sound; ${chromium.counted
          ? 'time that the rendering thread ran'
          : 'time of the whole render less that of the page\'s callbacks'}. Moved: by value, sixty times a second; ` +
        'automated: by setValueCurveAtTime, beside pinna moved; turning: the head, sixty times a second. "Of it" is ' +
        'pinna\'s share of PannerNode\'s cost: 0.25 is a quarter.',
      chromiumTables(chromium));
  }
  if (native || wasm) {
    parts.push('## Memory', memoryText(figures));
  }
  if (native) {
    parts.push('## Kernels, native', kernelTable(native.kernels));
  }
  if (wasm) {
    parts.push('## Kernels, wasm in Node', kernelTable(wasm.kernels), 'Without SIMD:',
      kernelTable(wasm.scalarKernels));
  }
  return `${parts.join('\n\n')}\n`;
}
