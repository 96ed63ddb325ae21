// SPDX-License-Identifier: MIT
/** On the first visit the guide and the recipes lie open in the contents; after that, as they were left. */
for (const category of ['Guide', 'Recipes']) {
  const key = `tsd-accordion-${category}`;
  try {
    if (localStorage.getItem(key) === null) {
      localStorage.setItem(key, 'true');
    }
  } catch {
    // No storage: they are closed.
  }
}
