import {
  type Findings,
  firstSet,
  misread,
  type OtlpProtocol,
  otlpNames,
  type Variable,
} from './environment.ts';
import { showGiven } from './options-error.ts';
import { checkHeaders, checkTimeoutAndCompression, checkTlsFiles } from './otlp-checks.ts';

/** How logs are sent, as far as others than the exporters must know it. */
export interface OtlpEnvironment {
  readonly protocol: OtlpProtocol;
  /** Where they go, for messages: scheme, host, port and path, never user, password or query. */
  readonly endpoint: string;
}

/**
 * Which protocol, and where to. The official exporters read `OTEL_EXPORTER_OTLP_…` themselves, but tell a mistake
 * only through the global diagnostics logger, which is not ours to take, and then go on with something else:
 * `localhost`, the system's certificates. So what they would stumble over is looked for here.
 *
 * @param canRead can the file be read?
 */
export function resolveOtlpEnvironment(
  env: NodeJS.ProcessEnv,
  canRead: (path: string) => boolean,
  findings: Findings,
): OtlpEnvironment {
  const variable = firstSet(env, ...otlpNames('ENDPOINT'));
  const protocol = resolveProtocol(env, variable, findings);
  const endpoint =
    protocol === 'grpc' ? grpcEndpoint(env, variable, findings) : httpEndpoint(variable, findings);
  checkHeaders(env, protocol, findings);
  checkTimeoutAndCompression(env, findings);
  if (endpoint.startsWith('https:')) checkTlsFiles(env, canRead, findings);
  return { protocol, endpoint };
}

function resolveProtocol(
  env: NodeJS.ProcessEnv,
  endpoint: Variable | undefined,
  findings: Findings,
): OtlpProtocol {
  const variable = firstSet(env, ...otlpNames('PROTOCOL'));
  if (variable !== undefined) {
    const protocol = variable.text.toLowerCase();
    if (protocol === 'grpc' || protocol === 'http/protobuf') return protocol;
    findings.problems.push(misread(variable.name, 'grpc or http/protobuf', showGiven(variable.text)));
  }
  const url = endpoint && parseGrpcUrl(endpoint.text);
  const looksLikeHttp = url?.protocol.startsWith('http') && (url.port === '4318' || url.pathname !== '/');
  return looksLikeHttp ? 'http/protobuf' : 'grpc';
}

/** Like the gRPC exporter: without a scheme it is a TLS connection. */
function parseGrpcUrl(text: string): URL | undefined {
  const url = /^\w{1,8}:\/\//.test(text) ? text : `https://${text}`;
  return URL.canParse(url) ? new URL(url) : undefined;
}

function grpcEndpoint(env: NodeJS.ProcessEnv, variable: Variable | undefined, findings: Findings): string {
  if (variable === undefined) return 'http://localhost:4317';
  const url = parseGrpcUrl(variable.text);
  if (url?.protocol === 'unix:') return withoutSecrets(url);
  if (url === undefined || url.host === '') {
    return refuseEndpoint(variable, 'http://host:port, https://host:port or host:port', findings);
  }
  const insecure = firstSet(env, ...otlpNames('INSECURE'))?.text.toLowerCase() === 'true';
  const scheme = variable.text.startsWith('http://')
    ? 'http'
    : variable.text.startsWith('https://') || !insecure
      ? 'https'
      : 'http';
  if (url.port === '' && scheme === 'http') {
    // URL drops port 80, the exporter hands on what is left, and gRPC takes 443 where there is none.
    findings.warnings.push(
      `${variable.name}: without a port, and with port 80, the gRPC exporter connects to port 443; ` +
        `expected a port such as 4317, got ${showGiven(withoutSecrets(url))} (from the environment)`,
    );
  }
  return `${scheme}://${url.hostname}:${url.port || '443'}`;
}

function httpEndpoint(variable: Variable | undefined, findings: Findings): string {
  if (variable === undefined) return 'http://localhost:4318/v1/logs';
  const url = URL.canParse(variable.text) ? new URL(variable.text) : undefined;
  const isGeneral = variable.name === 'OTEL_EXPORTER_OTLP_ENDPOINT';
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
  const endpoint = withoutSecrets(url);
  return isGeneral ? `${endpoint.replace(/\/$/, '')}/v1/logs` : endpoint;
}

function refuseEndpoint(variable: Variable, expected: string, findings: Findings): string {
  findings.problems.push(misread(variable.name, expected, showGiven(withoutSecretsText(variable.text))));
  return '';
}

function withoutSecrets(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** The same for what is no URL. */
function withoutSecretsText(text: string): string {
  return text.replace(/[?#].*$/s, '').replace(/^(\w+:\/\/)?.*@/s, '$1');
}
