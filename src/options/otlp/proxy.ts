import { BlockList, isIP } from 'node:net';
import { type Findings, firstSet, misread, type OtlpProtocol } from '../environment.ts';
import { hasStrayUser, showGivenUrl } from '../shown-url.ts';
import { splitList } from '../values/values.ts';
import { hostAndPort } from './host-and-port.ts';

/** Names of variables: the first one that is set counts. */
interface ProxyVariables {
  readonly proxy: readonly string[];
  readonly noProxy: readonly string[];
}

/** https://grpc.github.io/grpc/core/md_doc_environment_variables.html */
const GRPC: ProxyVariables = {
  proxy: ['grpc_proxy', 'https_proxy', 'http_proxy'],
  noProxy: ['no_grpc_proxy', 'no_proxy'],
};

/**
 * The URL of the proxy on the way to this endpoint, with user and password where it has them. gRPC reads the variables of
 * other gRPC clients; OTLP/HTTP reads the variable of the endpoint's scheme. Hosts in `no_proxy` are reached directly:
 * names with their subdomains, addresses, IPv4 and IPv6 networks as CIDR, ranges of addresses, each also with a port,
 * or `*`.
 *
 * @param execArgv Node's own switches
 */
export function readProxy(
  env: NodeJS.ProcessEnv,
  protocol: OtlpProtocol,
  endpoint: string,
  findings: Findings,
  execArgv: readonly string[] = process.execArgv,
): string | undefined {
  if (!URL.canParse(endpoint)) return undefined;
  const url = new URL(endpoint);
  const { protocol: scheme } = url;
  if (scheme === 'unix:') return undefined;
  const names = protocol === 'grpc' ? GRPC : httpVariables(scheme, usesNodeProxy(env, execArgv));
  const variable = firstSet(env, ...names.proxy);
  if (variable === undefined) return undefined;
  const { host, port } = hostAndPort(url);
  const spared = splitList(firstSet(env, ...names.noProxy)?.text ?? '');
  if (spared.some((entry) => covers(entry, host, port))) return undefined;
  const proxy = URL.canParse(variable.text) ? new URL(variable.text) : undefined;
  const isStray = hasStrayUser(variable.text);
  if (proxy?.protocol === 'http:' && proxy.host !== '' && !isStray) {
    if (protocol !== 'grpc') {
      findings.sdkWarnings.push(`${variable.name}: the official exporter over HTTP goes without a proxy`);
    }
    return proxy.href;
  }
  const expected = isStray
    ? 'a URL with #, /, ? and @ percent-encoded in user and password (%23, %2F, %3F, %40)'
    : 'a URL that begins with http://';
  const mistake = misread(variable.name, expected, showGivenUrl(variable.text));
  findings.warnings.push(`${mistake}; ${protocol === 'grpc' ? 'gRPC' : 'OTLP/HTTP'} goes without a proxy`);
  return undefined;
}

/**
 * Names in lower case, as most programs read them. In a CGI environment `HTTP_PROXY` is the header `Proxy` of the
 * request, so names in upper case count only where Node itself reads them (`NODE_USE_ENV_PROXY=1`, `--use-env-proxy`).
 */
function httpVariables(scheme: string, isUpper: boolean): ProxyVariables {
  const named = (name: string): readonly string[] => (isUpper ? [name, name.toUpperCase()] : [name]);
  return { proxy: named(scheme === 'https:' ? 'https_proxy' : 'http_proxy'), noProxy: named('no_proxy') };
}

function usesNodeProxy(env: NodeJS.ProcessEnv, execArgv: readonly string[]): boolean {
  const switches = [...execArgv, ...(env.NODE_OPTIONS ?? '').split(/\s+/)];
  return env.NODE_USE_ENV_PROXY === '1' || switches.includes('--use-env-proxy');
}

function covers(given: string, host: string, port: number): boolean {
  if (given === '*') return true;
  // An IPv6 address can have a port only if it is in brackets.
  const [, bracketed, plain, at] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(given) ?? [];
  if (at !== undefined && at !== String(port)) return false;
  const entry = bracketed ?? plain ?? given;
  const family = isIP(host);
  if (family !== 0) return coversAddress(entry, host, family === 4 ? 'ipv4' : 'ipv6');
  const name = entry.toLowerCase().replace(/^\*?\./, '');
  return name !== '' && (host === name || host.endsWith(`.${name}`));
}

function coversAddress(entry: string, host: string, family: 'ipv4' | 'ipv6'): boolean {
  const version = family === 'ipv4' ? 4 : 6;
  const network = new BlockList();
  const [from = '', to, ...others] = entry.split('-');
  if (to !== undefined) {
    if (others.length > 0 || isIP(from) !== version || isIP(to) !== version) return false;
    try {
      network.addRange(from, to, family);
    } catch {
      // The range ends before it begins.
      return false;
    }
    return network.check(host, family);
  }
  const [address = '', prefix] = entry.split('/');
  if (isIP(address) !== version) return false;
  const most = version === 4 ? 32 : 128;
  const bits = prefix === undefined ? most : Number(prefix || Number.NaN);
  if (!(Number.isInteger(bits) && bits >= 0 && bits <= most)) return false;
  network.addSubnet(address, bits, family);
  return network.check(host, family);
}
