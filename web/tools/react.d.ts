// SPDX-License-Identifier: MIT
/** What the adapter for React uses of React and of react-three-fiber; users have both with their types. */
declare module 'react' {
  export interface ReactElement {
    readonly type: unknown;
  }
  export type ReactNode = ReactElement | string | null | undefined | readonly ReactNode[];
  export type Ref<T> = { current: T | null } | ((instance: T | null) => void) | null;
  export interface Context<T> {
    Provider: (props: { value: T, children?: ReactNode }) => ReactElement;
  }
  export function createContext<T>(value: T): Context<T>;
  export function createElement(type: unknown, props?: object | null, ...children: ReactNode[]): ReactElement;
  export function use<T>(usable: Promise<T> | Context<T>): T;
  export function useEffect(effect: () => void | (() => void), dependencies?: readonly unknown[]): void;
  export function useLayoutEffect(effect: () => void | (() => void), dependencies?: readonly unknown[]): void;
  export function useMemo<T>(make: () => T, dependencies: readonly unknown[]): T;
  export function useState<T>(value: T): [T, (value: T) => void];
}

declare module '@react-three/fiber' {
  import { Object3D } from 'three';
  import { XRManager } from '../adapters/eyes.js';
  export function useThree<T>(select: (state: { camera: Object3D, gl: { xr: XRManager } }) => T): T;
}
