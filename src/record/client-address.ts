import type { Connection, Exchange } from '../http/exchange.ts';
import { type Address, type AddressDetail, parseAddress, parseNode, showAddress } from './address.ts';
import {
  commaBefore,
  type ForwardedElement,
  parseForwardedElement,
  unquotedCommaBefore,
} from './forwarded.ts';
import { headerText } from './headers.ts';
import { compileTrust } from './trust.ts';

export interface ClientAddressOptions {
  readonly trustedProxies: readonly string[];
  /** Lower-case names, in order of precedence. */
  readonly clientIpHeaders: readonly string[];
  readonly clientIp: AddressDetail;
}

/** Who sent a request, as far as that can be believed. */
export interface Client {
  /** The believed client as it may be shown; `undefined` on a Unix socket and where addresses are not shown. */
  readonly address: string | undefined;
  /** Where the address is from: `socket`, or the lower-case name of the header. */
  readonly source: string;
  /** The socket's peer as it may be shown. */
  readonly peerAddress: string | undefined;
  /** Whether the peer is trusted, so that its headers say something about the original request. */
  readonly isPeerTrusted: boolean;
  /** How many entries to the left of the last one the believed entry of a proxy header stands. */
  readonly distance: number;
  /** The believed element, where `Forwarded` decided. */
  readonly forwarded: ForwardedElement | undefined;
}

export interface ClientAddressReader {
  readonly trustsProxies: boolean;
  /** Names of the request headers that {@link read} looks at: none where nobody is trusted. */
  readonly headerNames: readonly string[];
  read(exchange: Exchange): Client;
}

/** Where a walk over a proxy header ended. */
interface Walk {
  readonly believed: Address;
  /** Distance of the believed entry from the right; -1 where it is the peer itself. */
  readonly distance: number;
  /** The last hop that is trusted: the one whose word on the believed address was taken. */
  readonly reached: Address;
  readonly forwarded: ForwardedElement | undefined;
}

interface Peer {
  readonly address: Address | undefined;
  readonly isTrusted: boolean;
  /** What is known of the client where no header is believed. */
  readonly asClient: Client;
}

const FORWARDED = 'forwarded';
const CF_CONNECTING_IP = 'cf-connecting-ip';

/** Entries of one header that are looked at; the rest of a longer chain is not believed. */
const MAX_HOPS = 64;

/** Peers that are remembered; their addresses are parsed and judged once. */
const MAX_PEERS = 1024;

/**
 * Compiles how the client's address is found: from the socket's peer leftwards over the first header of the list that
 * is there, as long as the hop that wrote an entry is trusted. An entry that is no address ends the walk, and the
 * last believed address counts. Without trusted proxies that is always the socket's peer.
 *
 * @throws TypeError where `trustedProxies` holds something else than CIDRs, addresses and names
 */
export function compileClientAddress(options: ClientAddressOptions): ClientAddressReader {
  const { clientIpHeaders, clientIp: detail } = options;
  const trust = compileTrust(options.trustedProxies);
  const peers = new Map<string, Peer>();
  const nowhere = toPeer(undefined);

  function toPeer(address: Address | undefined): Peer {
    const shown = address && showAddress(address, detail);
    const isPeerTrusted = address !== undefined && trust.isTrusted(address);
    const asClient: Client = {
      address: shown,
      source: 'socket',
      peerAddress: shown,
      isPeerTrusted,
      distance: 0,
      forwarded: undefined,
    };
    return { address, isTrusted: isPeerTrusted, asClient };
  }

  function peerOf({ remoteAddress }: Connection): Peer {
    if (remoteAddress === undefined) return nowhere;
    let peer = peers.get(remoteAddress);
    if (peer === undefined) {
      peer = toPeer(parseAddress(remoteAddress));
      if (peers.size >= MAX_PEERS) peers.clear();
      peers.set(remoteAddress, peer);
    }
    return peer;
  }

  function walk(peer: Address, name: string, value: string): Walk {
    if (name === CF_CONNECTING_IP) return singleEntry(peer, value);
    const isForwarded = name === FORWARDED;
    const boundaryBefore = isForwarded ? unquotedCommaBefore : commaBefore;
    let believed = peer;
    let reached = peer;
    let distance = -1;
    let forwarded: ForwardedElement | undefined;
    let end = value.length;
    while (distance < MAX_HOPS - 1) {
      const comma = boundaryBefore(value, end);
      const entry = value.slice(comma + 1, end).trim();
      const element = isForwarded ? parseForwardedElement(entry) : undefined;
      const address = parseNode((isForwarded ? element?.for : entry) ?? '');
      // The nearest proxy may hide the client and still say how it was asked.
      if (address === undefined && distance === -1) forwarded = element;
      if (address === undefined) break;
      distance++;
      forwarded = element;
      believed = address;
      if (!trust.isTrusted(address)) break;
      reached = address;
      if (comma === -1) break;
      end = comma;
    }
    return { believed, distance, reached, forwarded };
  }

  function read(exchange: Exchange): Client {
    const { address: peer, isTrusted, asClient } = peerOf(exchange.connection);
    if (!isTrusted || peer === undefined) return asClient;
    let source = 'socket';
    let found: Walk = { believed: peer, distance: -1, reached: peer, forwarded: undefined };
    for (const name of clientIpHeaders) {
      const value = headerText(exchange.requestHeaders, name);
      if (value === undefined) continue;
      found = walk(peer, name, value);
      if (found.distance >= 0) source = name;
      break;
    }
    let client = found.believed;
    // Cloudflare overwrites this header, whatever the client sent; X-Forwarded-For it only appends to.
    const edge = trust.isCloudflare(found.reached)
      ? headerText(exchange.requestHeaders, CF_CONNECTING_IP)
      : undefined;
    const seenByEdge = edge === undefined ? undefined : parseNode(edge);
    if (seenByEdge !== undefined) {
      client = seenByEdge;
      source = CF_CONNECTING_IP;
    }
    return {
      address: showAddress(client, detail),
      source,
      peerAddress: asClient.peerAddress,
      isPeerTrusted: true,
      distance: Math.max(found.distance, 0),
      forwarded: found.forwarded,
    };
  }

  const headerNames = new Set(trust.isEmpty ? [] : clientIpHeaders);
  if (trust.includesCloudflare) headerNames.add(CF_CONNECTING_IP);
  return { trustsProxies: !trust.isEmpty, headerNames: [...headerNames], read };
}

/** `CF-Connecting-IP` holds one address: with several in it, somebody else has written to it. */
function singleEntry(peer: Address, value: string): Walk {
  const address = parseNode(value);
  return {
    believed: address ?? peer,
    distance: address === undefined ? -1 : 0,
    reached: peer,
    forwarded: undefined,
  };
}
