import type { FieldDefinition } from '../../fields/definition.ts';
import { type FieldHost, fieldRegistry } from '../../fields/registry.ts';
import type { ObservedExchange } from '../observed-exchange.ts';
import { activeExchange } from '../trace/exchange-of-context.ts';
import { ExchangeFields, type KeptValue } from './exchange-fields.ts';
import { exchangeOfRequest } from './exchange-of-request.ts';
import { keptValue } from './kept-value.ts';

/** Keeps what handlers set on the exchange of their request. */
export class ExchangeFieldHost implements FieldHost {
  readonly #onBegin: () => void;
  readonly #onDropped: () => void;

  /**
   * @param onBegin called when fields or notes are in use, also more than once: from now on a request leads to its exchange
   * @param onDropped called for each value and note that cannot be kept
   */
  constructor(onBegin: () => void, onDropped: () => void) {
    this.#onBegin = onBegin;
    this.#onDropped = onDropped;
  }

  /** Fields of the process reach this host from now on. */
  install(): void {
    const registry = fieldRegistry();
    try {
      registry.host = this;
      if (registry.isUsed) this.begin();
    } catch {
      // Not a registry of this package: fields do nothing then.
    }
  }

  uninstall(): void {
    const registry = fieldRegistry();
    try {
      if (registry.host === this) registry.host = undefined;
    } catch {
      // As above.
    }
  }

  begin(): void {
    this.#onBegin();
  }

  set(field: FieldDefinition, target: unknown, value: unknown): void {
    try {
      const exchange = exchangeOfTarget(target);
      if (value === undefined || value === null) {
        if (exchange?.ended === false) exchange.fields?.remove(field);
        return;
      }
      if (exchange?.ended === false && keep(exchange, field, value)) return;
    } catch {
      // Proxies, accessors and context managers of others.
    }
    this.#onDropped();
  }

  get(field: FieldDefinition, target: unknown): KeptValue | undefined {
    return exchangeOfTarget(target)?.fields?.get(field);
  }

  note(target: unknown, text: unknown): void {
    try {
      const exchange = exchangeOfTarget(target);
      if (exchange?.ended === false && typeof text === 'string') {
        exchange.fields ??= new ExchangeFields();
        exchange.fields.note(text);
        return;
      }
    } catch {
      // As above.
    }
    this.#onDropped();
  }
}

function exchangeOfTarget(target: unknown): ObservedExchange | undefined {
  return target === null ? activeExchange() : exchangeOfRequest(target);
}

function keep(exchange: ObservedExchange, field: FieldDefinition, value: unknown): boolean {
  const kept = keptValue(field, value);
  if (kept === undefined) return false;
  exchange.fields ??= new ExchangeFields();
  return exchange.fields.set(field, kept);
}
