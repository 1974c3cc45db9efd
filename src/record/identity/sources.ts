import type { Exchange } from '../../http/exchange.ts';
import type { Strategy } from '../../options/rules/strategy.ts';
import { headerText } from '../reading/headers.ts';
import { baggageOfContext, baggageValue } from './baggage.ts';
import { cookieValue } from './cookie.ts';

/** A value, and what is to become of it; `undefined`: what becomes of any text. */
export interface Found {
  readonly value: string;
  readonly strategy: Strategy | undefined;
}

/** The value of the field of that name that a handler has set; `undefined` where none was. */
export type FieldOf = (exchange: Exchange, name: string) => Found | undefined;

/** What identity is read from. */
export interface IdentityInput {
  readonly exchange: Exchange;
  /** Those that {@link Sources.headerNames} names. */
  readonly headers: Exchange['requestHeaders'];
  readonly isPeerTrusted: boolean;
}

/** Where one attribute is read from. */
export interface Sources {
  /** Lower-case names of the request headers that are read. */
  readonly headerNames: readonly string[];
  /** The first value that is not empty. */
  read(input: IdentityInput): Found | undefined;
}

interface Source {
  readonly headerName?: string;
  read(input: IdentityInput): Found | undefined;
}

const COOKIE = 'cookie';
const BAGGAGE = 'baggage';

/**
 * Compiles a list of `field`, `cookie:NAME`, `header:NAME`, `baggage:KEY`. A client may send any header and baggage:
 * these are believed only where the peer is trusted. Cookies are the client's own in any case.
 *
 * @param attribute name of the field that handlers set
 */
export function compileSources(attribute: string, texts: readonly string[], fieldOf: FieldOf): Sources {
  const sources = texts.map((text) => compileSource(attribute, text, fieldOf));
  return {
    headerNames: sources.flatMap(({ headerName }) => headerName ?? []),
    read(input) {
      for (const source of sources) {
        const found = source.read(input);
        if (found !== undefined && found.value !== '') return found;
      }
      return undefined;
    },
  };
}

function compileSource(attribute: string, text: string, fieldOf: FieldOf): Source {
  const colon = text.indexOf(':');
  const name = text.slice(colon + 1);
  switch (text.slice(0, Math.max(0, colon))) {
    case COOKIE:
      return {
        headerName: COOKIE,
        read: ({ headers }) => foundIn(headerText(headers, COOKIE), (header) => cookieValue(header, name)),
      };
    case 'header':
      return headerSource(name.toLowerCase());
    case BAGGAGE:
      return {
        headerName: BAGGAGE,
        read: ({ exchange, headers, isPeerTrusted }) => {
          if (!isPeerTrusted) return undefined;
          return (
            found(baggageOfContext(exchange, name)) ??
            foundIn(headerText(headers, BAGGAGE), (header) => baggageValue(header, name))
          );
        },
      };
    default:
      return { read: ({ exchange }) => fieldOf(exchange, attribute) };
  }
}

function headerSource(headerName: string): Source {
  return {
    headerName,
    read: ({ headers, isPeerTrusted }) =>
      isPeerTrusted ? found(headerText(headers, headerName)) : undefined,
  };
}

function foundIn(
  header: string | undefined,
  valueIn: (header: string) => string | undefined,
): Found | undefined {
  return header === undefined ? undefined : found(valueIn(header));
}

function found(value: string | undefined): Found | undefined {
  return value === undefined ? undefined : { value: value.trim(), strategy: undefined };
}
