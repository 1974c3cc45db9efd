import { isAbsolute } from 'node:path';
import type { Findings, OtlpProtocol, Variable } from '../environment.ts';
import type { MappingTree } from '../file/document-tree.ts';
import type { ReadFile } from '../file/read-file.ts';
import { checkCompression, checkTlsFiles } from '../otlp/otlp-checks.ts';
import { grpcDestination, httpDestination, type OtlpEnvironment } from '../otlp/otlp-environment.ts';
import { isOtlpHeader, type OtlpHeaders, readHeaderList } from '../otlp/otlp-headers.ts';
import { readProxy } from '../otlp/proxy.ts';
import type { TlsFiles } from '../otlp/tls-files.ts';
import { showGivenPath } from '../path/shown-path.ts';
import { showUrl } from '../shown-url.ts';
import { MAX_TIMER_MS } from '../values/values.ts';
import type { DeclarativeReader } from './declarative-reader.ts';
import type { LogExporter } from './log-exporter.ts';

/** Of the data model. */
const DEFAULT_TIMEOUT_MS = 10_000;

const COMMON_KEYS: readonly string[] = [
  ...['endpoint', 'tls', 'headers', 'headers_list', 'compression', 'timeout'],
  // They bound the messages of SDKs; those of the access log have bounds of their own.
  ...['max_request_size', 'max_response_size'],
];
const KEYS: Readonly<Record<LogExporter['kind'], readonly string[]>> = {
  otlp_http: [...COMMON_KEYS, 'encoding'],
  otlp_grpc: COMMON_KEYS,
};
const TLS_KEYS = ['ca_file', 'key_file', 'cert_file'] as const;

/**
 * Reads the settings of an OTLP exporter. Proxies are no part of declarative configuration: they come from the
 * environment.
 */
export function readOtlpExporter(
  reader: DeclarativeReader,
  { kind, settings }: LogExporter,
  env: NodeJS.ProcessEnv,
  readFile: ReadFile,
  findings: Findings,
): OtlpEnvironment {
  reader.onlyKnown(settings, KEYS[kind]);
  const protocol = kind === 'otlp_grpc' ? 'grpc' : httpProtocol(reader, settings);
  const tls = reader.mapping(settings, 'tls');
  reader.onlyKnown(tls, kind === 'otlp_grpc' ? [...TLS_KEYS, 'insecure'] : TLS_KEYS);
  const isInsecure = kind === 'otlp_grpc' && (reader.boolean(tls, 'insecure') ?? false);
  const endpoint = reader.text(settings, 'endpoint');
  const { url, authorization } =
    protocol === 'grpc'
      ? grpcDestination(endpoint, isInsecure, findings)
      : httpDestination(endpoint, false, findings);
  const headers = readHeaders(reader, settings, protocol, findings);
  const compression = reader.text(settings, 'compression');
  const timeoutMs = reader.integer(settings, 'timeout', 0) ?? DEFAULT_TIMEOUT_MS;
  const files = readTls(reader, tls);
  const isTls = url.startsWith('https:');
  const useless = isTls ? undefined : (files.ca ?? files.cert ?? files.key);
  // An SDK may connect by TLS all the same, where it has such files.
  if (useless !== undefined && url !== '') {
    reader.warnings.push(`${useless.name}: without effect, since the endpoint is not https://`);
  }
  return Object.freeze({
    protocol,
    endpoint: url === '' ? '' : showUrl(url),
    isDefault: false,
    url,
    headers: authorization === undefined ? headers : Object.freeze({ authorization, ...headers }),
    // 0 is no limit.
    timeoutMs: timeoutMs === 0 ? MAX_TIMER_MS : Math.min(timeoutMs, MAX_TIMER_MS),
    compression: checkCompression(compression === undefined ? [] : [compression], protocol, findings),
    tls: isTls ? checkTlsFiles(files, readFile, findings) : undefined,
    proxy: readProxy(env, protocol, url, findings),
  });
}

function httpProtocol(reader: DeclarativeReader, settings: MappingTree | undefined): OtlpProtocol {
  const encoding = reader.word(settings, 'encoding', ['protobuf', 'json']);
  return encoding === 'json' ? 'http/json' : 'http/protobuf';
}

/** Those of `headers` come before those of `headers_list`. Messages show nothing of them: they may be credentials. */
function readHeaders(
  reader: DeclarativeReader,
  settings: MappingTree | undefined,
  protocol: OtlpProtocol,
  findings: Findings,
): OtlpHeaders {
  const headers = new Map<string, string>();
  const list = reader.text(settings, 'headers_list');
  if (list !== undefined) {
    for (const [name, value] of readHeaderList(list, protocol, findings)) headers.set(name, value);
  }
  for (const item of reader.list(settings, 'headers')?.items ?? []) {
    const header = reader.asMapping(item, 'headers');
    if (header === undefined) continue;
    reader.onlyKnown(header, ['name', 'value']);
    const name = reader.text(header, 'name')?.text;
    if (name === undefined) {
      if (!header.entries.has('name'))
        reader.expected(header.line, 'headers', 'the name of a header', 'nothing');
      continue;
    }
    const value = headerValue(reader, header);
    if (value === undefined) continue;
    if (isOtlpHeader(name, value, protocol)) headers.set(name.toLowerCase(), value);
    else reader.expected(header.line, 'headers', 'name and value of a header', 'something else');
  }
  return Object.freeze(Object.fromEntries(headers));
}

/** An empty value is one; without a value the entry is ignored. */
function headerValue(reader: DeclarativeReader, header: MappingTree): string | undefined {
  const given = header.entries.get('value');
  if (given === undefined) {
    reader.expected(header.line, 'headers', 'the value of a header', 'nothing');
    return undefined;
  }
  return given.kind === 'scalar' && given.value === '' ? '' : reader.text(header, 'value')?.text;
}

function readTls(
  reader: DeclarativeReader,
  tls: MappingTree | undefined,
): { readonly [Name in keyof TlsFiles]: Variable | undefined } {
  const path = (key: (typeof TLS_KEYS)[number]): Variable | undefined => {
    const variable = reader.text(tls, key);
    if (variable === undefined || isAbsolute(variable.text)) return variable;
    const line = tls?.entries.get(key)?.line ?? 0;
    reader.expected(line, key, 'an absolute path', showGivenPath(variable.text));
    return undefined;
  };
  return { ca: path('ca_file'), cert: path('cert_file'), key: path('key_file') };
}
