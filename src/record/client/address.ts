import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An IPv4 address as a number, so that a range is one comparison. */
export class Ipv4Address {
  /** The four octets, the first one highest; signed. */
  readonly bits: number;

  constructor(bits: number) {
    this.bits = bits;
  }

  toString(): string {
    const { bits } = this;
    return `${bits >>> 24}.${(bits >>> 16) & 0xff}.${(bits >>> 8) & 0xff}.${bits & 0xff}`;
  }
}

/** An IP address; never an IPv4-mapped IPv6 one, never with a zone. */
export type Address = Ipv4Address | ipaddr.IPv6;

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
  const bits = ipv4BitsOf(text);
  if (bits !== undefined) return new Ipv4Address(bits);
  if (isIP(text) !== 6) return undefined;
  const zone = text.indexOf('%');
  const address = new ipaddr.IPv6(groupsOf(zone === -1 ? text : text.slice(0, zone)));
  const [, , , , , mapped = 0, high = 0, low = 0] = address.parts;
  if (mapped === 0xffff && address.isIPv4MappedAddress()) return new Ipv4Address((high << 16) | low);
  return address;
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
  if (address instanceof Ipv4Address) return new Ipv4Address(address.bits & ~0xff).toString();
  const [first = 0, second = 0, third = 0] = address.parts;
  // Of the ways to write an IPv4 address into one of IPv6 the only one that has more than half of it in the first 48
  // bits; NAT64, Teredo, ISATAP and IPv4-compatible addresses have it further behind.
  const kept = first === SIX_TO_FOUR ? third & 0xff00 : third;
  return new ipaddr.IPv6([first, second, kept, 0, 0, 0, 0, 0]).toString();
}

function isPortOrNothing(text: string): boolean {
  return text === '' || PORT.test(text);
}

/** Longest text of an IPv4 address, `255.255.255.255`. */
const MAX_IPV4_LENGTH = 15;

/**
 * Reads an IPv4 address digit by digit, as strictly as `net.isIPv4`: four octets, no leading zeros. `undefined` for
 * anything else. Splitting the text and converting its parts takes ten times as long, for every hop of every request.
 */
function ipv4BitsOf(text: string): number | undefined {
  const { length } = text;
  if (length > MAX_IPV4_LENGTH) return undefined;
  let bits = 0;
  let octet = -1;
  let dots = 0;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x2e) {
      if (octet === -1 || dots === 3) return undefined;
      bits = (bits << 8) | octet;
      octet = -1;
      dots++;
    } else {
      const digit = code - 0x30;
      // A leading zero, which some parsers take for octal.
      if (digit < 0 || digit > 9 || octet === 0) return undefined;
      octet = octet === -1 ? digit : octet * 10 + digit;
      if (octet > 255) return undefined;
    }
  }
  return octet === -1 || dots !== 3 ? undefined : (bits << 8) | octet;
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
      const bits = ipv4BitsOf(part) ?? 0;
      groups.push(bits >>> 16, bits & 0xffff);
    } else {
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}
