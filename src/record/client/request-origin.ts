import { isIP } from 'node:net';
import type { Exchange } from '../../http/exchange.ts';
import { ATTRIBUTES } from '../attributes/attribute-table.ts';
import { headerText } from '../reading/headers.ts';
import { parseAddress } from './address.ts';
import type { Client } from './client-address.ts';
import { elementFromRight } from './forwarded.ts';

/** What the client asked: scheme, host and port of the original request. */
export interface Origin {
  readonly scheme: 'http' | 'https';
  /** Host name in lower case, or IP address without brackets. */
  readonly address: string | undefined;
  /** The same in the case in which it was sent: masking looks at what came. */
  readonly givenAddress: string | undefined;
  readonly port: number | undefined;
}

interface HostAndPort {
  readonly address: string;
  readonly givenAddress: string;
  readonly port: number | undefined;
}

const FORWARDED_PROTO = 'x-forwarded-proto';
const FORWARDED_HOST = 'x-forwarded-host';
const FORWARDED_PORT = 'x-forwarded-port';

/** A registered name or IPv4 address (RFC 3986 section 3.2.2), or an IPv6 address in brackets; then a port. */
const AUTHORITY = /^(?:\[([0-9a-f:.]+)\]|([\w.~%!$&'()*+,;=-]+))(?::(\d{0,5}))?$/i;

/** Size of the cache of parsed host names. */
const MAX_HOSTS = 256;

/**
 * Compiles the reader of origins. Scheme, address and port come from where the semantic conventions have them from:
 * `Forwarded`, then `X-Forwarded-*` (those that are listed, and from a trusted peer only), then the authority of an absolute target or the
 * `Host` header (RFC 9112 section 3.2.2), then the socket's own end. A port that is not named is the default one of
 * the scheme.
 *
 * @param originHeaders headers that are believed, in lower case
 */
export function compileOrigin(
  originHeaders: readonly string[],
): (exchange: Exchange, authority: string | undefined, client: Client) => Origin {
  const believed = new Set(originHeaders);
  const hosts = new Map<string, HostAndPort | undefined>();
  // Mostly the same as before; comparing is cheaper than hashing a text that has just come off the wire.
  let lastText = '';
  let last: HostAndPort | undefined;

  function hostOf(text: string | undefined): HostAndPort | undefined {
    if (text === undefined || text === '') return undefined;
    if (text === lastText) return last;
    if (text.length > ATTRIBUTES.serverAddress.cap) return parseAuthority(text);
    lastText = text;
    last = knownHost(text);
    return last;
  }

  function knownHost(text: string): HostAndPort | undefined {
    let host = hosts.get(text);
    if (host === undefined && !hosts.has(text)) {
      host = parseAuthority(text);
      if (hosts.size >= MAX_HOSTS) hosts.clear();
      hosts.set(text, host);
    }
    return host;
  }

  return (exchange, authority, client) => {
    const { connection, requestHeaders } = exchange;
    // The scheme that HTTP/2 names is that of the immediate request, as the semantic conventions ask.
    const own = exchange.scheme ?? (connection.encrypted ? 'https' : 'http');
    const asked = hostOf(authority) ?? hostOf(exchange.host);
    if (!client.isPeerTrusted) return withDefaults(own, asked, undefined, exchange);
    const forwardedBy = (name: string): string => {
      const list = believed.has(name) ? headerText(requestHeaders, name) : undefined;
      return list === undefined ? '' : elementFromRight(list, client.distance);
    };
    const scheme =
      parseScheme(client.forwardedProto ?? '') ?? parseScheme(forwardedBy(FORWARDED_PROTO)) ?? own;
    const forwarded = hostOf(client.forwardedHost) ?? hostOf(forwardedBy(FORWARDED_HOST));
    const port = forwarded?.port ?? parsePort(forwardedBy(FORWARDED_PORT));
    return withDefaults(scheme, forwarded ?? asked, port, exchange);
  };
}

function withDefaults(
  scheme: Origin['scheme'],
  host: HostAndPort | undefined,
  port: number | undefined,
  { connection }: Exchange,
): Origin {
  if (host !== undefined) {
    const { address, givenAddress } = host;
    return { scheme, address, givenAddress, port: port ?? host.port ?? (scheme === 'https' ? 443 : 80) };
  }
  const local = connection.localAddress === undefined ? undefined : parseAddress(connection.localAddress);
  const address = local?.toString();
  return { scheme, address, givenAddress: address, port: port ?? connection.localPort };
}

/** Reads `host[:port]`; `undefined` for anything that cannot be one, user information included. */
function parseAuthority(text: string): HostAndPort | undefined {
  if (text === '') return undefined;
  const match = AUTHORITY.exec(text);
  if (match === null) return undefined;
  const [, bracketed, name, digits] = match;
  if (bracketed !== undefined && isIP(bracketed) !== 6) return undefined;
  const address = bracketed === undefined ? name : parseAddress(bracketed)?.toString();
  return address === undefined
    ? undefined
    : { address: address.toLowerCase(), givenAddress: address, port: parsePort(digits ?? '') };
}

function parsePort(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port > 0 && port < 65_536 ? port : undefined;
}

function parseScheme(text: string): Origin['scheme'] | undefined {
  switch (text.toLowerCase()) {
    case 'http':
    case 'ws':
      return 'http';
    case 'https':
    case 'wss':
      return 'https';
    default:
      return undefined;
  }
}
