import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An IP address; never an IPv4-mapped IPv6 one, never with a zone. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What is shown of an address: all of it, its network (/24 of IPv4, /48 of IPv6, /40 of 6to4), or nothing. */
export type AddressDetail = 'full' | 'truncated' | 'none';

/** 6to4 (RFC 3056): the IPv4 address of a site in the 32 bits behind this prefix. */
const SIX_TO_FOUR = 0x2002;

/** The longest text that can be an address: eight groups, a zone, brackets and a port. */
const MAX_NODE_LENGTH = 128;
const PORT = /^:(?:\d{1,5}|_[\w.-]+)$/;

/**
 * Reads an IP address in its strict textual form (no octal, hexadecimal or shortened IPv4). An IPv4-mapped IPv6
 * address is the IPv4 address; a zone (`%eth0`) is left out. `undefined` for anything else.
 */
export function parseAddress(text: string): Address | undefined {
  // `ipaddr.parse` takes too much for an address (`1.2.3`, `0x7f.1`, `::1.2.3.4` as a mapped one) and is slow.
  const version = isIP(text);
  if (version === 4) return new ipaddr.IPv4(octetsOf(text));
  if (version !== 6) return undefined;
  const zone = text.indexOf('%');
  const address = new ipaddr.IPv6(groupsOf(zone === -1 ? text : text.slice(0, zone)));
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/**
 * Reads one entry of a proxy header: an address, with or without port, IPv6 also in brackets (RFC 7239 section 6,
 * and what proxies write into `X-Forwarded-For`). `undefined` for `unknown`, obfuscated identifiers and garbage.
 */
export function parseNode(text: string): Address | undefined {
  if (text.length > MAX_NODE_LENGTH) return undefined;
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    if (end === -1 || !isPortOrNothing(text.slice(end + 1))) return undefined;
    const inner = text.slice(1, end);
    return inner.includes(':') ? parseAddress(inner) : undefined;
  }
  const colon = text.indexOf(':');
  if (colon === -1 || colon !== text.lastIndexOf(':')) return parseAddress(text);
  return isPortOrNothing(text.slice(colon)) ? parseAddress(text.slice(0, colon)) : undefined;
}

/** The text that `detail` lets be seen of `address`, in the canonical form of RFC 5952. */
export function showAddress(address: Address, detail: AddressDetail): string | undefined {
  if (detail === 'none') return undefined;
  if (detail === 'full') return address.toString();
  if (address instanceof ipaddr.IPv4) {
    return new ipaddr.IPv4([...address.octets.slice(0, 3), 0]).toString();
  }
  const [first = 0, second = 0, third = 0] = address.parts;
  // Of the ways to write an IPv4 address into one of IPv6 the only one that has more than half of it in the first 48
  // bits; NAT64, Teredo, ISATAP and IPv4-compatible addresses have it further behind.
  const kept = first === SIX_TO_FOUR ? third & 0xff00 : third;
  return new ipaddr.IPv6([first, second, kept, 0, 0, 0, 0, 0]).toString();
}

function isPortOrNothing(text: string): boolean {
  return text === '' || PORT.test(text);
}

function octetsOf(text: string): number[] {
  return text.split('.').map(Number);
}

/** The eight groups of an IPv6 address that `isIP` has accepted. */
function groupsOf(text: string): number[] {
  const gap = text.indexOf('::');
  if (gap === -1) return parseGroups(text);
  const left = parseGroups(text.slice(0, gap));
  const right = parseGroups(text.slice(gap + 2));
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function parseGroups(text: string): number[] {
  if (text === '') return [];
  const groups: number[] = [];
  for (const part of text.split(':')) {
    if (part.includes('.')) {
      const [a = 0, b = 0, c = 0, d = 0] = octetsOf(part);
      groups.push(a * 256 + b, c * 256 + d);
    } else {
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}
