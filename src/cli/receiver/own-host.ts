import { isIP } from 'node:net';

/** Names that containers have for the machine that they run on. No public name ends in `internal`. */
const CONTAINER_HOSTS = ['host.docker.internal', 'host.containers.internal'];

/**
 * Is the `Host` of a request one that only this machine has? The owner of a web site can point its name to 127.0.0.1
 * (DNS rebinding); to a browser, its pages and this receiver then are one origin, under that name. An address cannot be
 * pointed elsewhere, so every address is taken.
 *
 * @param names others that are ours
 */
export function compileOwnHost(names: readonly string[]): (host: string | undefined) => boolean {
  const own = new Set([...CONTAINER_HOSTS, ...names].map(plain));
  return (host) => {
    const name = plain(nameOf(host ?? ''));
    return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || own.has(name);
  };
}

/** Without the port; an IPv6 address without its brackets. */
function nameOf(host: string): string {
  const [, ipv6, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  return ipv6 ?? name ?? '';
}

/** DNS names are case-insensitive, and a dot at the end only marks the name as absolute (RFC 1034 section 3.1). */
function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
