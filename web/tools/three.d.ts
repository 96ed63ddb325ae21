// SPDX-License-Identifier: MIT
/** What the adapters use of three.js, which comes without types; users have them from @types/three. */
declare module 'three' {
  export class Matrix4 {
    elements: number[];
  }
  export class Object3D {
    type: string;
    matrixWorld: Matrix4;
    parent: Object3D | null;
    add(...objects: Object3D[]): this;
    removeFromParent(): this;
    updateMatrixWorld(force?: boolean): void;
    addEventListener(type: 'added', listener: () => void): void;
  }
}
