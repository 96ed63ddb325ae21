// SPDX-License-Identifier: MIT
/** What there is to see: a clearing, and things in it that sound. Metres; the floor is y = 0. */
import * as THREE from 'three';

/** @typedef {{ sky: number, horizon: number, ground: number, ring: number, tree: number, sun: number, light: number }}
 *   Palette */

/** @type {{ day: Palette, night: Palette }} */
const PALETTES = {
  day: {
    sky: 0x8fb7d6, horizon: 0xf7ead4, ground: 0xd9d4b4, ring: 0x8d8560, tree: 0x6f8f72, sun: 0xfff1d0, light: 2.6,
  },
  night: {
    sky: 0x0d1530, horizon: 0x4a4470, ground: 0x3d4a5c, ring: 0x8292ad, tree: 0x34505c, sun: 0xcfdcff, light: 2.4,
  },
};

const TREES = 46;

/**
 * @param {boolean} dark
 * @returns {THREE.Scene}
 */
export function makeWorld(dark) {
  const colours = dark ? PALETTES.night : PALETTES.day;
  const scene = new THREE.Scene();
  scene.background = new THREE.Color(colours.horizon);
  scene.fog = new THREE.Fog(colours.horizon, 9, 34);
  scene.add(new THREE.HemisphereLight(colours.sky, colours.ground, colours.light));
  const sun = new THREE.DirectionalLight(colours.sun, colours.light * 0.8);
  sun.position.set(-5, 8, 6);
  scene.add(sun, sky(colours), ground(colours), trees(colours));
  return scene;
}

/** From the horizon's colour to the zenith's. @param {Palette} colours */
function sky(colours) {
  const geometry = new THREE.SphereGeometry(60, 24, 16);
  const low = new THREE.Color(colours.horizon);
  const high = new THREE.Color(colours.sky);
  const { count } = geometry.attributes.position;
  const tints = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) {
    const height = Math.max(0, geometry.attributes.position.getY(i) / 60);
    new THREE.Color().lerpColors(low, high, Math.min(1, height * 1.7)).toArray(tints, 3 * i);
  }
  geometry.setAttribute('color', new THREE.BufferAttribute(tints, 3));
  return new THREE.Mesh(geometry, new THREE.MeshBasicMaterial({
    vertexColors: true, side: THREE.BackSide, fog: false, depthWrite: false,
  }));
}

/** @param {Palette} colours */
function ground(colours) {
  const group = new THREE.Group();
  // In small pieces: SwiftShader loses the depth of triangles that reach from underfoot to the horizon.
  const floor = new THREE.Mesh(new THREE.RingGeometry(0, 50, 48, 40),
    new THREE.MeshLambertMaterial({ color: colours.ground }));
  floor.rotation.x = -Math.PI / 2;
  group.add(floor);
  for (let metres = 1; metres <= 4; metres++) {
    const ring = new THREE.Mesh(new THREE.RingGeometry(metres - 0.012, metres + 0.012, 96),
      new THREE.MeshBasicMaterial({ color: colours.ring, transparent: true, opacity: 0.8 - 0.12 * metres }));
    ring.rotation.x = -Math.PI / 2;
    ring.position.y = 0.004;
    group.add(ring);
  }
  return group;
}

/** A wood around the clearing, the same each time. @param {Palette} colours */
function trees(colours) {
  const crown = new THREE.ConeGeometry(1, 3, 7).translate(0, 2, 0);
  const trunk = new THREE.CylinderGeometry(0.13, 0.17, 0.8, 7).translate(0, 0.3, 0);
  const leaves = new THREE.MeshLambertMaterial({ color: colours.tree, flatShading: true });
  const crowns = new THREE.InstancedMesh(crown, leaves, TREES);
  const trunks = new THREE.InstancedMesh(trunk, new THREE.MeshLambertMaterial({ color: 0x6b5140 }), TREES);
  const place = new THREE.Object3D();
  for (let i = 0; i < TREES; i++) {
    // Golden angles: even, without a pattern to see.
    const angle = i * 2.39996;
    const away = 8 + (i * 7.31) % 12;
    const size = 0.8 + (i * 0.37) % 0.9;
    place.position.set(away * Math.sin(angle), 0, away * Math.cos(angle));
    place.scale.set(size, size * (1 + (i * 0.23) % 0.6), size);
    place.rotation.y = i;
    place.updateMatrix();
    crowns.setMatrixAt(i, place.matrix);
    trunks.setMatrixAt(i, place.matrix);
  }
  const wood = new THREE.Group();
  wood.add(crowns, trunks);
  return wood;
}

/** @param {number} colour @param {Partial<THREE.MeshStandardMaterialParameters>} [more] */
function matt(colour, more = {}) {
  return new THREE.MeshStandardMaterial({ color: colour, roughness: 0.75, ...more });
}

/** A lantern on a staff: someone speaks from it. */
export function lantern() {
  const group = new THREE.Group();
  const glow = new THREE.Mesh(new THREE.SphereGeometry(0.16, 24, 16),
    matt(0x1fb5a3, { emissive: 0x0c7a6d, emissiveIntensity: 1.1 }));
  const staff = new THREE.Mesh(new THREE.CylinderGeometry(0.02, 0.03, 1.6, 10), matt(0x5a4636));
  staff.position.y = -0.95;
  const hoop = new THREE.Mesh(new THREE.TorusGeometry(0.22, 0.014, 8, 32), matt(0x5a4636));
  group.add(glow, staff, hoop);
  return group;
}

/** A drum on the floor. */
export function drum() {
  const group = new THREE.Group();
  const body = new THREE.Mesh(new THREE.CylinderGeometry(0.24, 0.32, 0.5, 24), matt(0xb4540a));
  const skin = new THREE.Mesh(new THREE.CylinderGeometry(0.245, 0.245, 0.03, 24), matt(0xf1e3c8));
  skin.position.y = 0.26;
  const eye = new THREE.Mesh(new THREE.CylinderGeometry(0.1, 0.1, 0.034, 20), matt(0x2a2320));
  eye.position.y = 0.262;
  group.add(body, skin, eye);
  return group;
}

/** A bell on a gallows, to be swung by rotation.z of its first child. */
export function bell() {
  const group = new THREE.Group();
  const outline = [[0.02, 0.3], [0.1, 0.29], [0.14, 0.2], [0.16, 0.05], [0.2, -0.06], [0.25, -0.1]];
  const swing = new THREE.Group();
  const body = new THREE.Mesh(new THREE.LatheGeometry(outline.map(([x, y]) => new THREE.Vector2(x, y)), 28),
    matt(0xc99a2e, { metalness: 0.6, roughness: 0.35, side: THREE.DoubleSide }));
  body.position.y = -0.3;
  swing.add(body);
  swing.position.y = 0.3;
  const beam = new THREE.Mesh(new THREE.BoxGeometry(0.9, 0.06, 0.06), matt(0x5a4636));
  beam.position.y = 0.34;
  const posts = [-0.42, 0.42].map((x) => {
    const post = new THREE.Mesh(new THREE.BoxGeometry(0.06, 2.1, 0.06), matt(0x5a4636));
    post.position.set(x, -0.7, 0);
    return post;
  });
  group.add(swing, beam, ...posts);
  return group;
}

/** A striped bee, its wings by their names; it looks along -z. */
export function bee() {
  const group = new THREE.Group();
  for (let i = 0; i < 5; i++) {
    const stripe = new THREE.Mesh(new THREE.SphereGeometry(0.05 - 0.006 * Math.abs(i - 2), 14, 10),
      matt(i % 2 ? 0x29241c : 0xf2c12e));
    stripe.position.z = 0.032 * (i - 2);
    group.add(stripe);
  }
  const film = matt(0xffffff, { transparent: true, opacity: 0.55, side: THREE.DoubleSide });
  for (const side of [-1, 1]) {
    const wing = new THREE.Mesh(new THREE.CircleGeometry(0.06, 14), film);
    wing.name = side < 0 ? 'left wing' : 'right wing';
    wing.scale.set(1, 0.55, 1);
    wing.position.set(0.06 * side, 0.05, 0);
    wing.rotation.x = -Math.PI / 2;
    group.add(wing);
  }
  return group;
}

/** A guitar on its stand. */
export function guitar() {
  const group = new THREE.Group();
  const wood = matt(0x8a4b2a);
  for (const [radius, y] of [[0.2, -0.18], [0.15, 0.08]]) {
    const bout = new THREE.Mesh(new THREE.CylinderGeometry(radius, radius, 0.09, 28), wood);
    bout.rotation.x = Math.PI / 2;
    bout.position.y = y;
    group.add(bout);
  }
  const hole = new THREE.Mesh(new THREE.CircleGeometry(0.06, 20), matt(0x1c1410));
  hole.position.set(0, 0, 0.047);
  const neck = new THREE.Mesh(new THREE.BoxGeometry(0.05, 0.6, 0.04), matt(0x3b2a20));
  neck.position.set(0, 0.45, 0.03);
  const head = new THREE.Mesh(new THREE.BoxGeometry(0.09, 0.12, 0.04), matt(0x3b2a20));
  head.position.set(0, 0.78, 0.03);
  const stand = new THREE.Mesh(new THREE.CylinderGeometry(0.018, 0.018, 0.85, 8), matt(0x2a2a2e));
  stand.position.set(0, -0.72, -0.03);
  const foot = new THREE.Mesh(new THREE.CylinderGeometry(0.16, 0.2, 0.03, 24), matt(0x2a2a2e));
  foot.position.set(0, -1.135, -0.03);
  group.add(hole, neck, head, stand, foot);
  return group;
}
