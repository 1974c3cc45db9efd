import type { Connection, Exchange } from '../../http/exchange.ts';
import { headerText } from '../reading/headers.ts';
import { type Address, type AddressDetail, parseAddress, parseNode, showAddress } from './address.ts';
import { clientKeyOf } from './client-key.ts';
import { CF_CONNECTING_IP, FORWARDED, hasAddress, type Walk, walk } from './proxy-walk.ts';
import { compileTrust } from './trust.ts';

export interface ClientAddressOptions {
  readonly trustedProxies: readonly string[] | number;
  /** Lower-case names, in order of precedence. */
  readonly clientIpHeaders: readonly string[];
  /** Lower-case names; what counts here is whether `forwarded` is among them. */
  readonly originHeaders: readonly string[];
  /** With `hash` addresses are shown as they are: the reader of exchanges hashes them. */
  readonly clientIp: AddressDetail | 'hash';
}

/** Who sent a request, as far as that can be believed. */
export interface Client {
  /** The believed client as it may be shown; `undefined` where none is known and where addresses are not shown. */
  readonly address: string | undefined;
  /** Where the address is from: `socket`, or the lower-case name of the header. */
  readonly source: string;
  /** The socket's peer as it may be shown. */
  readonly peerAddress: string | undefined;
  /** Whether the peer is trusted, so that its headers describe the original request. */
  readonly isPeerTrusted: boolean;
  /** How many entries to the left of the last one the believed entry of a proxy header stands. */
  readonly distance: number;
  /** Scheme and host as trusted hops have them in `Forwarded`, where that header is believed about the origin. */
  readonly forwardedProto: string | undefined;
  readonly forwardedHost: string | undefined;
}

export interface ClientAddressReader {
  readonly trustsProxies: boolean;
  /** Whether the peer of a connection is trusted. */
  isPeerTrusted(connection: Connection): boolean;
  /** Names of the request headers that {@link read} looks at: none where no proxy is trusted. */
  readonly headerNames: readonly string[];
  read(exchange: Exchange): Client;
  /** The key of the believed client, as {@link clientKeyOf} has it; `undefined` where none is known. */
  keyOf(exchange: Exchange): number | undefined;
}

/** Where a believed client was found. */
interface Found {
  readonly client: Address | undefined;
  readonly source: string;
  readonly distance: number;
}

interface Peer {
  readonly address: Address | undefined;
  /** What is known of the client where no header is believed. */
  readonly asClient: Client;
}

/** Peers that are remembered; their addresses are parsed and judged once. */
const MAX_PEERS = 1024;

/**
 * Compiles how the client's address is found: from the socket's peer leftwards over the first header of the list that
 * has an address in it. Without trusted proxies that is always the socket's peer.
 *
 * @throws TypeError where `trustedProxies` holds something else than CIDRs, addresses and names
 */
export function compileClientAddress(options: ClientAddressOptions): ClientAddressReader {
  const { clientIpHeaders, clientIp } = options;
  const detail = clientIp === 'hash' ? 'full' : clientIp;
  const trust = compileTrust(options.trustedProxies);
  const readsForwarded = !trust.isEmpty && options.originHeaders.includes(FORWARDED);
  const peers = new Map<string, Peer>();
  const unknownPeer = toPeer(undefined, trust.isTrusted(undefined, 0));
  const localPeer = toPeer(undefined, trust.includesUnixSockets);

  function toPeer(address: Address | undefined, isPeerTrusted: boolean): Peer {
    const shown = address && showAddress(address, detail);
    const asClient: Client = {
      address: shown,
      source: 'socket',
      peerAddress: shown,
      isPeerTrusted,
      distance: 0,
      forwardedProto: undefined,
      forwardedHost: undefined,
    };
    return { address, asClient };
  }

  function peerOf({ remoteAddress, isUnixSocket }: Connection): Peer {
    if (remoteAddress === undefined) return isUnixSocket ? localPeer : unknownPeer;
    let peer = peers.get(remoteAddress);
    if (peer === undefined) {
      const address = parseAddress(remoteAddress);
      peer = toPeer(address, trust.isTrusted(address, 0));
      if (peers.size >= MAX_PEERS) peers.clear();
      peers.set(remoteAddress, peer);
    }
    return peer;
  }

  /** `undefined` where the header is absent, or has no address in it, which is as good. */
  function walkOver(
    headers: Exchange['requestHeaders'],
    name: string,
    peer: Address | undefined,
  ): Walk | undefined {
    const value = headerText(headers, name);
    if (value === undefined) return undefined;
    const found = walk(trust, peer, name, value);
    return found.distance >= 0 || hasAddress(name, value) ? found : undefined;
  }

  /** @param peer trusted */
  function find(peer: Address | undefined, requestHeaders: Exchange['requestHeaders']): Found {
    let client = peer;
    let reached = peer;
    let source = 'socket';
    let distance = 0;
    for (const name of clientIpHeaders) {
      const found = walkOver(requestHeaders, name, peer);
      if (found === undefined) continue;
      if (found.distance >= 0) {
        source = name;
        distance = found.distance;
        client = found.believed;
        reached = found.reached;
      }
      break;
    }
    if (reached !== undefined && trust.isCloudflare(reached)) {
      // Cloudflare overwrites this header, whatever the client sent; X-Forwarded-For it only appends to.
      const seenByEdge = parseNode(headerText(requestHeaders, CF_CONNECTING_IP) ?? '');
      if (seenByEdge !== undefined) {
        client = seenByEdge;
        source = CF_CONNECTING_IP;
      }
    }
    return { client, source, distance };
  }

  function keyOf(exchange: Exchange): number | undefined {
    const { connection } = exchange;
    if (connection.clientKey !== undefined) return connection.clientKey;
    const { address: peer, asClient } = peerOf(connection);
    if (asClient.isPeerTrusted) {
      const { client } = find(peer, exchange.requestHeaders);
      return client && clientKeyOf(client);
    }
    connection.clientKey = peer && clientKeyOf(peer);
    return connection.clientKey;
  }

  function read(exchange: Exchange): Client {
    const { address: peer, asClient } = peerOf(exchange.connection);
    if (!asClient.isPeerTrusted) return asClient;
    const { requestHeaders } = exchange;
    const { client, source, distance } = find(peer, requestHeaders);
    const element = readsForwarded
      ? walk(trust, peer, FORWARDED, headerText(requestHeaders, FORWARDED) ?? '')
      : undefined;
    return {
      address: client && showAddress(client, detail),
      source,
      peerAddress: asClient.peerAddress,
      isPeerTrusted: true,
      distance,
      forwardedProto: element?.proto,
      forwardedHost: element?.host,
    };
  }

  const headerNames = new Set(trust.isEmpty ? [] : clientIpHeaders);
  if (trust.includesCloudflare) headerNames.add(CF_CONNECTING_IP);
  return {
    trustsProxies: !trust.isEmpty,
    isPeerTrusted: (connection) => peerOf(connection).asClient.isPeerTrusted,
    headerNames: [...headerNames],
    read,
    keyOf,
  };
}
