/** Where a URL leads, as `node:net` takes it. */
export interface HostAndPort {
  /** An IPv6 address stands without the brackets of the URL. */
  readonly host: string;
  readonly port: number;
}

/** Host and port of a URL. Without a port: 443 for `https:`, 80 for any other scheme. */
export function hostAndPort({ hostname, port, protocol }: URL): HostAndPort {
  return { host: withoutBrackets(hostname), port: Number(port || (protocol === 'https:' ? 443 : 80)) };
}

/** `URL` keeps an IPv6 address in brackets (RFC 3986 section 3.2.2); sockets, TLS and DNS take it without them. */
function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** `host:port` of an endpoint, for a message; of a Unix domain socket its path. */
export function shownHost(endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint;
  const url = new URL(endpoint);
  return url.protocol === 'unix:' ? url.pathname : `${url.hostname}:${hostAndPort(url).port}`;
}
