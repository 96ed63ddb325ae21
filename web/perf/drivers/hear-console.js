// SPDX-License-Identifier: MIT
/**
 * What a page complains of, heard from within: for browsers whose protocol does not tell.
 *
 * It hears the console's errors, warnings and failed assertions, what nobody caught, what did not load, and what a
 * Content-Security-Policy refused; not what only the browser itself would write there.
 */

/** In the page, before all else. */
function hear() {
  /** @type {string[]} */
  const heard = [];
  Object.assign(globalThis, { pinnaHeard: heard });
  const text = (/** @type {unknown} */ value) => value instanceof Error ? String(value.stack?.includes(value.message) ?
    value.stack : `${value} ${value.stack ?? ''}`) : typeof value === 'object' ? JSON.stringify(value) : String(value);
  for (const kind of /** @type {const} */ (['error', 'warn'])) {
    const original = console[kind];
    console[kind] = (...args) => {
      heard.push(`${kind}: ${args.map(text).join(' ')}`);
      original.apply(console, args);
    };
  }
  const originalAssert = console.assert;
  console.assert = (condition, ...args) => {
    if (!condition) {
      heard.push(`assert: ${args.map(text).join(' ')}`);
    }
    originalAssert.call(console, condition, ...args);
  };
  addEventListener('error', (event) => {
    const { target, error, message } = /** @type {ErrorEvent & { target: any }} */ (event);
    heard.push(target === globalThis || target === null ? `uncaught error: ${error ? text(error) : message}` :
      `error: ${target.src ?? target.href ?? target.tagName} did not load`);
  }, true);
  addEventListener('unhandledrejection', ({ reason }) => heard.push(`uncaught error: ${text(reason)}`));
  addEventListener('securitypolicyviolation', ({ blockedURI, violatedDirective }) =>
    heard.push(`error: ${violatedDirective} refused ${blockedURI}`));
  const originalFetch = fetch;
  globalThis.fetch = async (...args) => {
    const response = await originalFetch(...args);
    if (response.status >= 400) {
      heard.push(`error: ${response.url} answered ${response.status}`);
    }
    return response;
  };
}

/** For `serve({ inject })`, or a page's first script. */
export const HEAR_CONSOLE = `(${hear.toString()})();`;
