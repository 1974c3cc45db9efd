import type { Exchange } from '../http/exchange.ts';
import {
  CLIENT_ADDRESS,
  CLIENT_ADDRESS_SOURCE,
  ERROR_TYPE,
  HTTP_REQUEST_BODY_SIZE,
  HTTP_REQUEST_HEADER_PREFIX,
  HTTP_REQUEST_METHOD,
  HTTP_REQUEST_METHOD_ORIGINAL,
  HTTP_RESPONSE_BODY_SIZE,
  HTTP_RESPONSE_HEADER_PREFIX,
  HTTP_RESPONSE_SIZE,
  HTTP_RESPONSE_STATUS_CODE,
  HTTP_ROUTE,
  HTTP_SERVER_REQUEST_DURATION,
  NETWORK_PEER_ADDRESS,
  NETWORK_PEER_PORT,
  NETWORK_PROTOCOL_VERSION,
  OUTCOME,
  SERVER_ADDRESS,
  SERVER_PORT,
  TIME_TO_HEADERS,
  URL_PATH,
  URL_QUERY,
  URL_SCHEME,
  USER_AGENT_ORIGINAL,
} from './attribute-names.ts';
import { AttributeWriter, type RecordAttributes } from './attribute-writer.ts';
import { CAPS } from './caps.ts';
import { addHeader } from './captured-headers.ts';
import { compileClientAddress } from './client-address.ts';
import { headerValues } from './headers.ts';
import { addHookAttributes } from './hook-attributes.ts';
import { compileKnownMethods, OTHER_METHOD } from './method.ts';
import { ORIGIN_HEADERS, originOf } from './origin.ts';
import type { RecordOptions } from './record-options.ts';
import { redactQuery } from './redaction.ts';
import { parseResponseHead } from './response-head.ts';
import { compileSensitivePaths } from './sensitive-paths.ts';
import { parseTarget } from './target.ts';

/** Makes the attributes of exchanges. */
export interface AttributeBuilder {
  /** Lower-case names of the request headers that are looked at. */
  readonly requestHeaderNames: readonly string[];
  build(exchange: Exchange, additions?: Readonly<Record<string, unknown>>): RecordAttributes;
}

/**
 * Compiles how an exchange becomes attributes: those of the semantic conventions for HTTP server spans, and our own.
 *
 * @throws TypeError where `trustedProxies` or a path rule is malformed
 */
export function compileAttributes(options: RecordOptions): AttributeBuilder {
  const { requestHeaders, responseHeaders, clientIp } = options;
  const knownMethods = compileKnownMethods(options.knownMethods);
  const clients = compileClientAddress(options);
  const isSensitive = compileSensitivePaths(options.sensitivePaths) ?? (() => false);
  const wantedResponseHeaders = new Set(responseHeaders);
  const showsPort = clientIp !== 'none';

  function addMethod(writer: AttributeWriter, method: string): void {
    const isKnown = knownMethods.has(method);
    writer.text(HTTP_REQUEST_METHOD, isKnown ? method : OTHER_METHOD, CAPS.method);
    if (!isKnown) writer.text(HTTP_REQUEST_METHOD_ORIGINAL, method, CAPS.method);
  }

  function addQuery(writer: AttributeWriter, method: string, path: string, query: string): void {
    if (query === '' || isSensitive(method, path)) return;
    if (query.length > CAPS.query) writer.cut(URL_QUERY);
    // Cut first: redacting costs as much as there is to redact, and a name always stands before its value.
    writer.text(URL_QUERY, redactQuery(query.slice(0, CAPS.query)), CAPS.query);
  }

  function addHeaders(writer: AttributeWriter, exchange: Exchange): void {
    const isSensitivePath = (path: string): boolean => isSensitive('GET', path);
    for (const name of requestHeaders) {
      const values = headerValues(exchange.requestHeaders, name);
      addHeader(writer, HTTP_REQUEST_HEADER_PREFIX, name, values, isSensitivePath);
    }
    if (responseHeaders.length === 0 || exchange.responseHead === undefined) return;
    const sent = parseResponseHead(exchange.responseHead, wantedResponseHeaders);
    for (const name of responseHeaders) {
      addHeader(writer, HTTP_RESPONSE_HEADER_PREFIX, name, sent.get(name) ?? [], isSensitivePath);
    }
  }

  function build(exchange: Exchange, additions?: Readonly<Record<string, unknown>>): RecordAttributes {
    const writer = new AttributeWriter();
    const { method, connection } = exchange;
    const target = parseTarget(method, exchange.target);
    const client = clients.read(exchange);
    const origin = originOf(exchange, target.authority, client);

    addMethod(writer, method);
    writer.text(URL_PATH, target.path, CAPS.path);
    writer.text(URL_SCHEME, origin.scheme, CAPS.scheme);
    addQuery(writer, method, target.path, target.query);
    writer.text(HTTP_ROUTE, exchange.route, CAPS.route);
    writer.number(HTTP_RESPONSE_STATUS_CODE, exchange.statusCode);
    writer.text(ERROR_TYPE, errorTypeOf(exchange), CAPS.errorType);
    writer.text(CLIENT_ADDRESS, client.address, CAPS.address);
    writer.text(NETWORK_PEER_ADDRESS, client.peerAddress, CAPS.address);
    if (showsPort) writer.number(NETWORK_PEER_PORT, connection.remotePort);
    writer.text(NETWORK_PROTOCOL_VERSION, exchange.httpVersion, CAPS.protocolVersion);
    writer.text(SERVER_ADDRESS, origin.address, CAPS.address);
    writer.number(SERVER_PORT, origin.port);
    writer.text(USER_AGENT_ORIGINAL, exchange.userAgent, CAPS.userAgent);
    writer.number(HTTP_REQUEST_BODY_SIZE, exchange.requestBodySize);
    writer.number(HTTP_RESPONSE_BODY_SIZE, exchange.responseBodySize);
    writer.number(HTTP_RESPONSE_SIZE, exchange.responseSize);
    writer.number(HTTP_SERVER_REQUEST_DURATION, secondsOf(exchange.durationMs));
    writer.number(TIME_TO_HEADERS, secondsOf(exchange.timeToHeadersMs));
    writer.text(OUTCOME, exchange.outcome, CAPS.outcome);
    if (client.address !== undefined) writer.text(CLIENT_ADDRESS_SOURCE, client.source, CAPS.headerName);
    addHeaders(writer, exchange);
    if (additions !== undefined) addHookAttributes(writer, additions);
    return writer.finish();
  }

  const headerNames = new Set([...requestHeaders, ...clients.headerNames]);
  if (clients.trustsProxies) for (const name of ORIGIN_HEADERS) headerNames.add(name);
  return { requestHeaderNames: [...headerNames], build };
}

/**
 * What went wrong, of low cardinality: the status code of a 5xx, else how an exchange failed that was not answered
 * as a whole (https://opentelemetry.io/docs/specs/semconv/attributes-registry/error/). `undefined` on success.
 */
function errorTypeOf({ statusCode, outcome, errorCode }: Exchange): string | undefined {
  if (statusCode !== undefined && statusCode >= 500) return String(statusCode);
  if (outcome === 'completed' || outcome === 'upgraded' || outcome === 'tunneled') return undefined;
  return errorCode ?? outcome;
}

/** Seconds, rounded to nanoseconds. */
function secondsOf(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.max(0, Math.round(milliseconds * 1e6)) / 1e9;
}
