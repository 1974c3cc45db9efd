import {
  defineField,
  type FieldDefinition,
  type FieldOptions,
  type FieldValue,
  isSameDefinition,
  problem,
} from './definition.ts';
import { type FieldRegistry, fieldRegistry } from './registry.ts';

/** A field that handlers set, and that the record of the exchange has as an attribute. */
export interface Field<T extends FieldValue> {
  readonly name: string;
  /**
   * Sets the field of an exchange; `undefined` or `null` takes it away. Never throws. A value that cannot be kept is
   * dropped and counted: it has another type, the exchange has ended or is not known, or it has 32 other fields.
   *
   * @param request what the framework hands out: a request or response of `node:http` or `node:http2`, or an object
   *   that has one as `raw`, `req` or `env.incoming`
   */
  set(request: object, value: T | null | undefined): void;
  /** The same for the exchange of the active context; where no context is active, the value is dropped. */
  set(value: T | null | undefined): void;
  /** What was set; `undefined` without an access log. Without a request: of the exchange of the active context. */
  get(request?: object): T | undefined;
}

/** Names that are remembered. An application that makes names out of data would fill the memory with them. */
const MAX_DEFINITIONS = 1000;

/**
 * Creates a field. To be called once for each name, while a module is loaded; the same definition again, also in another
 * copy of this package, gives an equal field.
 *
 * @param name of the attribute, up to 64 characters
 * @throws TypeError where the name is one of the record itself or cannot be used, for a wrong option, and where the name
 *   was created with another definition
 */
export function createField<T extends FieldValue = string>(
  name: string,
  options: FieldOptions<T> = {},
): Field<T> {
  const registry = fieldRegistry();
  const definition = register(registry, defineField(name, options));
  use(registry);
  return new FieldOfRegistry<T>(registry, definition);
}

/** Tells who observes exchanges that fields or notes are in use. */
export function use(registry: FieldRegistry): void {
  try {
    registry.isUsed = true;
    registry.host?.begin();
  } catch {
    // Not one of this package: without it there are no fields.
  }
}

class FieldOfRegistry<T extends FieldValue> implements Field<T> {
  readonly name: string;
  readonly #definition: FieldDefinition;
  readonly #registry: FieldRegistry;

  constructor(registry: FieldRegistry, definition: FieldDefinition) {
    this.name = definition.name;
    this.#registry = registry;
    this.#definition = definition;
  }

  set(requestOrValue: unknown, value?: unknown): void {
    try {
      const { host } = this.#registry;
      if (host === undefined) return;
      // biome-ignore lint/complexity/noArguments: rest parameters allocate, and `undefined` may be the value.
      if (arguments.length < 2) host.set(this.#definition, null, requestOrValue);
      else host.set(this.#definition, requestOrValue ?? undefined, value);
    } catch {
      // As above.
    }
  }

  get(request?: unknown): T | undefined {
    try {
      const { host } = this.#registry;
      if (host === undefined) return undefined;
      // biome-ignore lint/complexity/noArguments: a request that is `undefined` is not the active one.
      const target = arguments.length === 0 ? null : (request ?? undefined);
      // The host keeps values of one type for each name.
      return host.get(this.#definition, target) as T | undefined;
    } catch {
      return undefined;
    }
  }
}

/** @throws TypeError where the name has another definition */
function register({ definitions }: FieldRegistry, definition: FieldDefinition): FieldDefinition {
  const known = definitions.get(definition.name);
  // Anything else was put there by code that is not ours.
  if (known?.name !== definition.name) {
    if (definitions.size < MAX_DEFINITIONS) definitions.set(definition.name, definition);
    return definition;
  }
  if (!isSameDefinition(known, definition))
    throw problem(definition.name, 'created before, with another definition');
  return known;
}
