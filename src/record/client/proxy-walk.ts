import { MAX_HOPS } from '../../options/values/values.ts';
import { type Address, parseNode } from './address.ts';
import { commaBefore, parseForwardedElement, unquotedCommaBefore } from './forwarded.ts';
import type { Trust } from './trust.ts';

export const FORWARDED = 'forwarded';
export const CF_CONNECTING_IP = 'cf-connecting-ip';

/** Where a walk over a proxy header ended. */
export interface Walk {
  /** `undefined` where it is a peer of which no address is known. */
  readonly believed: Address | undefined;
  /** Distance of the believed entry from the right; -1 where it is the peer itself. */
  readonly distance: number;
  /** The last trusted hop: the one that named the believed address. */
  readonly reached: Address | undefined;
  /**
   * Scheme and host that trusted hops were asked for, as `Forwarded` has them; where several do, the one
   * nearest to the client.
   */
  readonly proto: string | undefined;
  readonly host: string | undefined;
}

/**
 * Walks from a trusted peer leftwards over the entries of a header, as long as the hop that wrote an entry is trusted.
 * An entry that is no address ends the walk, and the last believed address counts.
 *
 * @param name of the header, in lower case: it decides the syntax of the entries
 */
export function walk(trust: Trust, peer: Address | undefined, name: string, value: string): Walk {
  if (name === CF_CONNECTING_IP) return singleEntry(peer, value);
  const isForwarded = name === FORWARDED;
  const boundaryBefore = isForwarded ? unquotedCommaBefore : commaBefore;
  let believed = peer;
  let reached = peer;
  let distance = -1;
  let proto: string | undefined;
  let host: string | undefined;
  let end = value.length;
  while (distance < MAX_HOPS - 1) {
    const comma = boundaryBefore(value, end);
    const entry = value.slice(comma + 1, end).trim();
    const element = isForwarded ? parseForwardedElement(entry) : undefined;
    if (element?.proto) proto = element.proto;
    if (element?.host) host = element.host;
    const address = parseNode((isForwarded ? element?.for : entry) ?? '');
    if (address === undefined) break;
    distance++;
    believed = address;
    if (!trust.isTrusted(address, distance + 1)) break;
    reached = address;
    if (comma === -1) break;
    end = comma;
  }
  return { believed, distance, reached, proto, host };
}

/** `CF-Connecting-IP` holds one address: with several in it, it is not from Cloudflare alone. */
function singleEntry(peer: Address | undefined, value: string): Walk {
  const address = parseNode(value);
  return {
    believed: address ?? peer,
    distance: address === undefined ? -1 : 0,
    reached: peer,
    proto: undefined,
    host: undefined,
  };
}

/** Whether any entry that a walk could come to is an address. */
export function hasAddress(name: string, value: string): boolean {
  const isForwarded = name === FORWARDED;
  const boundaryBefore = isForwarded ? unquotedCommaBefore : commaBefore;
  let end = value.length;
  for (let hop = 0; hop < MAX_HOPS && end >= 0; hop++) {
    const comma = boundaryBefore(value, end);
    const entry = value.slice(comma + 1, end).trim();
    if (parseNode((isForwarded ? parseForwardedElement(entry)?.for : entry) ?? '') !== undefined) return true;
    end = comma;
  }
  return false;
}
