/** A Kubernetes object as read from YAML, and where it stands. */
export interface KubeObject {
  readonly file: string;
  readonly line: number;
  readonly kind: string;
  readonly name: string;
  readonly body: Json;
}

export type Json = Readonly<Record<string, unknown>>;

/** The value as an object; an empty one for anything else. */
export const objectOf = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

/** The value as a list; an empty one for anything else. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** What stands at a path of keys; undefined when any of them is missing. */
export const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => objectOf(inner)[key], value);
