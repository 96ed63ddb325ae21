// SPDX-License-Identifier: MIT
(async () => {
  const context = new AudioContext();
  const engine = await pinna.createPinna(context);
  engine.connect(context.destination);
  const bee = engine.createSource({ position: [2, 0, -1] });
  globalThis.page = { context, pinna: engine, bee };
})();
