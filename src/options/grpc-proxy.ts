import { BlockList, isIP } from 'node:net';
import { type Findings, firstSet, misread } from './environment.ts';
import { hasStrayUser, showGivenUrl } from './shown-url.ts';
import { splitList } from './values.ts';

const PROXY = ['grpc_proxy', 'https_proxy', 'http_proxy'] as const;
const NO_PROXY = ['no_grpc_proxy', 'no_proxy'] as const;

/**
 * The proxy that gRPC goes through to this endpoint, with `CONNECT`: the URL, with user and password where it has them.
 * Read as other clients of gRPC do (https://grpc.github.io/grpc/core/md_doc_environment_variables.html): these names, in
 * lower case, the first that is set; and it is not for hosts in `no_grpc_proxy` or `no_proxy`: names, with their
 * subdomains, addresses, IPv4 and IPv6 networks as CIDR, or `*`.
 */
export function readGrpcProxy(
  env: NodeJS.ProcessEnv,
  endpoint: string,
  findings: Findings,
): string | undefined {
  const variable = firstSet(env, ...PROXY);
  if (variable === undefined || !URL.canParse(endpoint)) return undefined;
  const { hostname, protocol } = new URL(endpoint);
  if (protocol === 'unix:') return undefined;
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (splitList(firstSet(env, ...NO_PROXY)?.text ?? '').some((entry) => covers(entry, host)))
    return undefined;
  const url = URL.canParse(variable.text) ? new URL(variable.text) : undefined;
  const isStray = hasStrayUser(variable.text);
  if (url?.protocol === 'http:' && url.host !== '' && !isStray) return url.href;
  const expected = isStray
    ? 'a URL with #, /, ? and @ percent-encoded in user and password (%23, %2F, %3F, %40)'
    : 'a URL that begins with http://';
  const told = misread(variable.name, expected, showGivenUrl(variable.text));
  findings.warnings.push(`${told}; gRPC goes without a proxy`);
  return undefined;
}

function covers(entry: string, host: string): boolean {
  if (entry === '*') return true;
  const family = isIP(host);
  const [address = '', prefix] = entry.split('/');
  if (family !== 0 && isIP(address) === family) {
    const most = family === 4 ? 32 : 128;
    const bits = prefix === undefined ? most : Number(prefix || Number.NaN);
    if (!(Number.isInteger(bits) && bits >= 0 && bits <= most)) return false;
    const network = new BlockList();
    network.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
    return network.check(host, family === 4 ? 'ipv4' : 'ipv6');
  }
  const name = entry.toLowerCase().replace(/^\*?\./, '');
  return name !== '' && (host === name || host.endsWith(`.${name}`));
}
