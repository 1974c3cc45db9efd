import type { FieldDefinition } from './definition.ts';

/**
 * What observes exchanges, and keeps the fields of each. No method throws. A `target` is what a framework hands out for
 * a request; `null` stands for the exchange of the active context.
 */
export interface FieldHost {
  /** Called when a field is created, or a note is written; again is no harm. */
  begin(): void;
  set(field: FieldDefinition, target: unknown, value: unknown): void;
  get(field: FieldDefinition, target: unknown): unknown;
  note(target: unknown, text: unknown): void;
}

/** What all copies of this package in a process share. Changes need another version. */
export interface FieldRegistry {
  readonly version: typeof VERSION;
  readonly definitions: Map<string, FieldDefinition>;
  /** A field was created, or a note was written. */
  isUsed: boolean;
  /** `undefined` while nothing observes exchanges. */
  host: FieldHost | undefined;
}

const VERSION = 1;
const KEY = Symbol.for('otel-access-log.fields');

let registry: FieldRegistry | undefined;

/**
 * The registry of this process. Where the global has something else in its place, or cannot be changed, this copy of the
 * package has one of its own.
 */
export function fieldRegistry(): FieldRegistry {
  registry ??= findRegistry();
  return registry;
}

function findRegistry(): FieldRegistry {
  const made: FieldRegistry = { version: VERSION, definitions: new Map(), isUsed: false, host: undefined };
  try {
    const found: unknown = Reflect.get(globalThis, KEY);
    if (isRegistry(found)) return found;
    if (found === undefined) Object.defineProperty(globalThis, KEY, { value: made, configurable: true });
  } catch {
    // A frozen global object, or an accessor that throws.
  }
  return made;
}

function isRegistry(value: unknown): value is FieldRegistry {
  if (typeof value !== 'object' || value === null || !Object.isExtensible(value)) return false;
  const { version, definitions, isUsed }: Partial<FieldRegistry> = value;
  return version === VERSION && definitions instanceof Map && typeof isUsed === 'boolean';
}
