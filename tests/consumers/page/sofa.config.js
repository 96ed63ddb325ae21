// SPDX-License-Identifier: MIT
/** Vite: another page than index.html. */
export default { build: { rollupOptions: { input: 'sofa.html' } } };
