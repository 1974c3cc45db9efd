import {
  type Findings,
  firstSet,
  misread,
  OTLP_PROTOCOLS,
  type OtlpProtocol,
  otlpNames,
  type Variable,
} from '../environment.ts';
import type { ReadFile } from '../file/read-file.ts';
import { showGiven } from '../options-error.ts';
import { percentDecoded } from '../path/percent-decoded.ts';
import { hasStrayUser, showGivenUrl, showUrl } from '../shown-url.ts';
import { type Compression, readCompression, readTimeout, readTlsFiles } from './otlp-checks.ts';
import { type OtlpHeaders, readHeaders } from './otlp-headers.ts';
import { readProxy } from './proxy.ts';
import type { TlsFiles } from './tls-files.ts';

/** How logs are sent (specification, protocol/exporter.md). */
export interface OtlpEnvironment {
  readonly protocol: OtlpProtocol;
  /** The endpoint for messages, from {@link showUrl}. Empty where it cannot be used. */
  readonly endpoint: string;
  /** Whether neither a variable nor a configuration file sets the endpoint. */
  readonly isDefault: boolean;
  /** The endpoint with its whole path and query. Never for messages. */
  readonly url: string;
  /** Sent with each export. Over HTTP they include user and password of the endpoint, as basic authentication. */
  readonly headers: OtlpHeaders;
  /** Milliseconds that one attempt may take. Default `10000`. */
  readonly timeoutMs: number;
  /** Default `none`. */
  readonly compression: Compression;
  /** `undefined` where the connection is not TLS. */
  readonly tls: TlsFiles | undefined;
  /** URL of the proxy on the way there, which may hold credentials; `undefined` where there is none. */
  readonly proxy: string | undefined;
}

/** What is made of the endpoint's variable. */
export type Destination = Pick<OtlpEnvironment, 'url'> & { readonly authorization?: string };

const DEFAULT_GRPC = 'http://localhost:4317';
const DEFAULT_HTTP = 'http://localhost:4318/v1/logs';

/** Unencoded, one of these ends the authority: the records would then go to a host named by the user's name. */
const ENCODED_USER =
  'a URL with #, /, ? and @ percent-encoded in user, password, path and query (%23, %2F, %3F, %40)';

/** Of an endpoint that cannot be used. */
const NOWHERE: Destination = { url: '' };

/**
 * Reads `OTEL_EXPORTER_OTLP_…`. A value that cannot be ignored without sending the records elsewhere, or unprotected, is
 * a problem. The official exporters (`ACCESS_LOG_PIPELINE=sdk`) read the variables themselves, and report mistakes only
 * to the global diagnostics logger, which belongs to the application. What holds only for them is in `sdkWarnings`.
 *
 * @param readFile for certificates and keys
 */
export function resolveOtlpEnvironment(
  env: NodeJS.ProcessEnv,
  readFile: ReadFile,
  findings: Findings,
): OtlpEnvironment {
  const variable = firstSet(env, ...otlpNames('ENDPOINT'));
  const protocol = resolveProtocol(env, variable, findings);
  const isInsecure = firstSet(env, ...otlpNames('INSECURE'))?.text.toLowerCase() === 'true';
  const isGeneral = variable?.name === 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const { url, authorization } =
    protocol === 'grpc'
      ? grpcDestination(variable, isInsecure, findings)
      : httpDestination(variable, isGeneral, findings);
  const headers = readHeaders(env, protocol, findings);
  return Object.freeze({
    protocol,
    endpoint: url === '' ? '' : showUrl(url),
    isDefault: variable === undefined,
    url,
    headers: authorization === undefined ? headers : Object.freeze({ authorization, ...headers }),
    timeoutMs: readTimeout(env, findings),
    compression: readCompression(env, protocol, findings),
    tls: url.startsWith('https:') ? readTlsFiles(env, readFile, findings) : undefined,
    proxy: readProxy(env, protocol, url, findings),
  });
}

/**
 * A value that is none of the three counts as not set (specification, configuration/common.md, enumerations). Then an http(s)
 * URL with a path, with port 4318 or 443, or without a port is OTLP/HTTP, as an SDK in the same process takes it: the
 * default of the specification is `http/protobuf`. Everything else is gRPC.
 */
function resolveProtocol(
  env: NodeJS.ProcessEnv,
  endpoint: Variable | undefined,
  findings: Findings,
): OtlpProtocol {
  const variable = firstSet(env, ...otlpNames('PROTOCOL'));
  const given = OTLP_PROTOCOLS.find((protocol) => protocol === variable?.text.toLowerCase());
  if (given === 'http/json') {
    const expected = 'grpc or http/protobuf with the official exporters';
    findings.sdkWarnings.push(
      `${misread(variable?.name ?? '', expected, showGiven(given))}; http/protobuf is used`,
    );
  }
  if (given !== undefined) return given;
  const protocol = looksLikeHttp(endpoint?.text) ? 'http/protobuf' : 'grpc';
  if (variable !== undefined) {
    const expected = OTLP_PROTOCOLS.join(', ');
    findings.warnings.push(
      `${misread(variable.name, expected, showGiven(variable.text))}; ${protocol} is used`,
    );
  }
  return protocol;
}

function looksLikeHttp(endpoint: string | undefined): boolean {
  // The port of OTLP/HTTP without a scheme is a mistake, to be reported as one of that protocol.
  if (endpoint !== undefined && /^[^/]+:4318$/.test(endpoint)) return true;
  if (endpoint === undefined || !/^https?:\/\//i.test(endpoint) || !URL.canParse(endpoint)) return false;
  const { port, pathname } = new URL(endpoint);
  // URL leaves the default ports out: `https://c:443` has none.
  return port === '' || port === '4318' || port === '443' || pathname !== '/';
}

/** Like the gRPC exporter: without a scheme it is a TLS connection. */
function parseGrpcUrl(text: string): URL | undefined {
  const hasScheme = /^\w{1,8}:\/\//.test(text);
  // A header, mostly, which would become user and host.
  if (!hasScheme && /\s/.test(text)) return undefined;
  const url = hasScheme ? text : `https://${text}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}

/** @param isInsecure whether an endpoint without a scheme is reached without TLS */
export function grpcDestination(
  variable: Variable | undefined,
  isInsecure: boolean,
  findings: Findings,
): Destination {
  if (variable === undefined) return { url: DEFAULT_GRPC };
  const url = parseGrpcUrl(variable.text);
  if (url?.protocol === 'unix:') return { url: `unix://${url.host}${url.pathname}` };
  if (hasStrayUser(variable.text)) return refuseEndpoint(variable, ENCODED_USER, findings);
  if (url === undefined || url.host === '') {
    return refuseEndpoint(variable, 'http://host:port, https://host:port or host:port', findings);
  }
  const scheme = variable.text.startsWith('http://')
    ? 'http'
    : variable.text.startsWith('https://') || !isInsecure
      ? 'https'
      : 'http';
  if (url.port === '' && scheme === 'http') {
    // URL drops port 80, the exporter hands on what is left, and gRPC takes 443 where there is none.
    findings.sdkWarnings.push(
      `${variable.name}: without a port, and with port 80, the official gRPC exporter connects to port 443; ` +
        `expected a port such as 4317, got ${showGivenUrl(url.href)} (${variable.source ?? 'from the environment'})`,
    );
  }
  return { url: `${scheme}://${url.hostname}:${url.port || (scheme === 'http' ? '80' : '443')}` };
}

/** @param isGeneral whether the path of the signal is appended */
export function httpDestination(
  variable: Variable | undefined,
  isGeneral: boolean,
  findings: Findings,
): Destination {
  if (variable === undefined) return { url: DEFAULT_HTTP };
  if (hasStrayUser(variable.text)) return refuseEndpoint(variable, ENCODED_USER, findings);
  const url = URL.canParse(variable.text) ? new URL(variable.text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return refuseEndpoint(
      variable,
      'a URL that begins with http:// or https:// (for http/protobuf)',
      findings,
    );
  }
  if (isGeneral && (url.search !== '' || url.hash !== '')) {
    return refuseEndpoint(variable, 'a URL without query, since /v1/logs is appended to it', findings);
  }
  const place = `${url.protocol}//${url.host}${url.pathname}`;
  const destination = { url: isGeneral ? `${place.replace(/\/$/, '')}/v1/logs` : `${place}${url.search}` };
  const { username, password } = url;
  if (username === '' && password === '') return destination;
  const credentials = Buffer.from(`${percentDecoded(username)}:${percentDecoded(password)}`).toString(
    'base64',
  );
  return { ...destination, authorization: `Basic ${credentials}` };
}

function refuseEndpoint(variable: Variable, expected: string, findings: Findings): Destination {
  findings.problems.push(misread(variable, expected, showGivenUrl(variable.text)));
  return NOWHERE;
}
