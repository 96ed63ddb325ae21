// SPDX-License-Identifier: MIT
/** What web/three uses of three.js, which comes without types; users have them from @types/three. */
declare module 'three' {
  export class Vector3 {
    x: number;
    y: number;
    z: number;
  }
  export class Quaternion {
    x: number;
    y: number;
    z: number;
    w: number;
    set(x: number, y: number, z: number, w: number): this;
    multiply(q: Quaternion): this;
  }
  export class Matrix4 {
    decompose(position: Vector3, quaternion: Quaternion, scale: Vector3): this;
    determinant(): number;
  }
  export class Object3D {
    type: string;
    matrixWorld: Matrix4;
    parent: Object3D | null;
    add(...objects: Object3D[]): this;
    removeFromParent(): this;
    updateMatrixWorld(force?: boolean): void;
  }
}
