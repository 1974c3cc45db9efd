import type ipaddr from 'ipaddr.js';
import { type Address, Ipv4Address, parseAddress } from './address.ts';

/** Which hops are believed about the hop before them. */
export interface Trust {
  /** True where no proxy is trusted. */
  readonly isEmpty: boolean;
  /** True where the edge of Cloudflare is named among the trusted. */
  readonly includesCloudflare: boolean;
  /** True where the peers of Unix domain sockets are trusted. */
  readonly includesUnixSockets: boolean;
  /**
   * @param address of the hop; `undefined` for a peer of which none is known
   * @param hop how far it is away: 0 for the peer, 1 for the hop that the peer names
   */
  isTrusted(address: Address | undefined, hop: number): boolean;
  /** Whether `address` is one of Cloudflare's edge and Cloudflare is trusted. */
  isCloudflare(address: Address): boolean;
}

/** Networks of both kinds. */
interface Networks {
  /** Of IPv4: the bits of the prefix, and the mask that leaves nothing else. */
  readonly ipv4: { readonly prefix: number; readonly mask: number }[];
  readonly ipv6: { readonly address: ipaddr.IPv6; readonly prefixLength: number }[];
}

/** Names for groups of networks, the first three as in Express's `trust proxy`. */
const NAMED_NETWORKS: ReadonlyMap<string, readonly string[]> = new Map([
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['linklocal', ['169.254.0.0/16', 'fe80::/10']],
  ['uniquelocal', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']],
  [
    'cloudflare', // https://www.cloudflare.com/ips/
    [
      ...['173.245.48.0/20', '103.21.244.0/22', '103.22.200.0/22', '103.31.4.0/22', '141.101.64.0/18'],
      ...['108.162.192.0/18', '190.93.240.0/20', '188.114.96.0/20', '197.234.240.0/22', '198.41.128.0/17'],
      ...['162.158.0.0/15', '104.16.0.0/13', '104.24.0.0/14', '172.64.0.0/13', '131.0.72.0/22'],
      ...['2400:cb00::/32', '2606:4700::/32', '2803:f800::/32', '2405:b500::/32', '2405:8100::/32'],
      ...['2a06:98c0::/29', '2c0f:f248::/32'],
    ],
  ],
]);

/** Peers of Unix domain sockets: no network, since they have no addresses. */
const UNIX = 'unix';

const PREFIX_LENGTH = /^\d{1,3}$/;

/**
 * Compiles the option `trustedProxies`: CIDRs, plain addresses and the names `loopback`, `linklocal`, `uniquelocal`,
 * `cloudflare` and `unix`, in any case; or how many hops are trusted, whatever their addresses are.
 *
 * @throws TypeError where an entry is none of these
 */
export function compileTrust(trusted: readonly string[] | number): Trust {
  return typeof trusted === 'number' ? trustOfHops(trusted) : trustOfNetworks(trusted);
}

function trustOfHops(count: number): Trust {
  return {
    isEmpty: count === 0,
    includesCloudflare: false,
    includesUnixSockets: count > 0,
    isTrusted: (_, hop) => hop < count,
    isCloudflare: () => false,
  };
}

function trustOfNetworks(entries: readonly string[]): Trust {
  const networks: Networks = { ipv4: [], ipv6: [] };
  const cloudflare: Networks = { ipv4: [], ipv6: [] };
  let includesCloudflare = false;
  let includesUnixSockets = false;
  for (const entry of entries) {
    const name = entry.trim().toLowerCase();
    if (name === UNIX) {
      includesUnixSockets = true;
      continue;
    }
    for (const cidr of NAMED_NETWORKS.get(name) ?? [entry]) {
      addNetwork(networks, cidr);
      if (name === 'cloudflare') addNetwork(cloudflare, cidr);
    }
    if (name === 'cloudflare') includesCloudflare = true;
  }
  return {
    isEmpty: networks.ipv4.length + networks.ipv6.length === 0 && !includesUnixSockets,
    includesCloudflare,
    includesUnixSockets,
    isTrusted: (address) => address !== undefined && isWithin(address, networks),
    isCloudflare: (address) => isWithin(address, cloudflare),
  };
}

function addNetwork(networks: Networks, entry: string): void {
  const text = entry.trim();
  const slash = text.indexOf('/');
  const host = slash === -1 ? text : text.slice(0, slash);
  const address = host.includes('%') ? undefined : parseAddress(host);
  if (address === undefined) throw invalidEntry(entry);
  const bits = address instanceof Ipv4Address ? 32 : 128;
  const length = slash === -1 ? `${bits}` : text.slice(slash + 1);
  if (!PREFIX_LENGTH.test(length)) throw invalidEntry(entry);
  // An IPv4-mapped network (::ffff:10.0.0.0/104) is compared as the IPv4 network that it stands for.
  const isMapped = slash !== -1 && bits === 32 && host.includes(':');
  const prefixLength = Number(length) - (isMapped ? 96 : 0);
  if (prefixLength < 0 || prefixLength > bits) throw invalidEntry(entry);
  if (address instanceof Ipv4Address) {
    // A shift by 32 bits would be none.
    const mask = prefixLength === 0 ? 0 : -1 << (32 - prefixLength);
    networks.ipv4.push({ prefix: address.bits & mask, mask });
  } else {
    networks.ipv6.push({ address, prefixLength });
  }
}

function invalidEntry(entry: string): TypeError {
  return new TypeError(
    'Expected `trustedProxies` to hold CIDRs, addresses or the names `loopback`, `linklocal`, `uniquelocal`, ' +
      `\`cloudflare\`, \`unix\`, got \`${entry}\``,
  );
}

function isWithin(address: Address, { ipv4, ipv6 }: Networks): boolean {
  if (address instanceof Ipv4Address) {
    for (const { prefix, mask } of ipv4) if ((address.bits & mask) === prefix) return true;
    return false;
  }
  for (const network of ipv6) if (address.match(network.address, network.prefixLength)) return true;
  return false;
}
