import { createContextKey } from '@opentelemetry/api';
import type { Exchange } from '../../http/exchange.ts';

/** Where every copy of the OpenTelemetry API 1.x keeps the baggage of a context. */
const BAGGAGE = createContextKey('OpenTelemetry Baggage Key');

// What a participant has to pass on, and so all that is read (https://www.w3.org/TR/baggage/#limits).
const MAX_BYTES = 8192;
const MAX_MEMBERS = 64;

interface ContextBaggage {
  getEntry?(key: string): { readonly value?: unknown } | undefined;
}

/** The value that the propagator of an SDK has read from the request; `undefined` where there is none. */
export function baggageOfContext({ handlerContext, context }: Exchange, key: string): string | undefined {
  const baggage = (handlerContext ?? context).getValue(BAGGAGE) as ContextBaggage | undefined;
  const value = baggage?.getEntry?.(key)?.value;
  return typeof value === 'string' ? value : undefined;
}

/**
 * The value of a member of a `baggage` header (W3C Baggage), decoded, without its properties. Of several with the key
 * the first.
 *
 * @returns `undefined` where there is none, and where the header is longer than 8,192 bytes
 */
export function baggageValue(header: string, key: string): string | undefined {
  if (header.length > MAX_BYTES) return undefined;
  let start = 0;
  for (let count = 0; count < MAX_MEMBERS && start <= header.length; count++) {
    const comma = header.indexOf(',', start);
    const member = header.slice(start, comma === -1 ? header.length : comma);
    const equals = member.indexOf('=');
    if (equals !== -1 && member.slice(0, equals).trim() === key) {
      const semicolon = member.indexOf(';', equals);
      return decoded(member.slice(equals + 1, semicolon === -1 ? member.length : semicolon).trim());
    }
    if (comma === -1) return undefined;
    start = comma + 1;
  }
  return undefined;
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
