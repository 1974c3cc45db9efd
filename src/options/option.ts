import type { Value } from './values/values.ts';

/** Type, default and description of one option. */
export interface Option<T> extends Value<T> {
  readonly default: T;
  /** The default in this process, where that may be another one. */
  readonly defaultHere?: () => T;
  readonly unit?: 'MiB' | 'ms' | 'records' | 'records per second';
  /** For docs/options.md and the JSON Schema; Markdown, on one line. */
  readonly meaning: string;
}

export function option<T>(value: Value<T>, rest: Omit<Option<T>, keyof Value<T>>): Option<T> {
  return { ...value, ...rest };
}

/** Default of a list that is empty. */
export const NONE: readonly string[] = [];
