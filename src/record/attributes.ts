import type { Connection, Exchange } from '../http/exchange.ts';
import {
  CLIENT_ADDRESS_SOURCE,
  ERROR_TYPE,
  HTTP_REQUEST_HEADER_PREFIX,
  HTTP_REQUEST_METHOD_ORIGINAL,
  HTTP_RESPONSE_HEADER_PREFIX,
  HTTP_ROUTE,
  NETWORK_PROTOCOL_VERSION,
  SERVER_ADDRESS,
  URL_PATH,
  URL_QUERY,
  USER_AGENT_ORIGINAL,
} from './attribute-names.ts';
import { AttributeWriter, type RecordAttributes } from './attribute-writer.ts';
import { CAPS } from './caps.ts';
import { addHeader } from './captured-headers.ts';
import { type Client, compileClientAddress } from './client-address.ts';
import { headerValues } from './headers.ts';
import { addHookAttributes } from './hook-attributes.ts';
import { compileKnownMethods, OTHER_METHOD } from './method.ts';
import { compileOrigin, ORIGIN_HEADERS, type Origin } from './origin.ts';
import type { RecordOptions } from './record-options.ts';
import { redactQuery } from './redaction.ts';
import { parseResponseHead } from './response-head.ts';
import { compileSensitivePaths } from './sensitive-paths.ts';
import { parseTarget, type RequestTarget } from './target.ts';

// Attributes are stored under literal names: V8 makes a dictionary, slow from then on, of an object that is given more
// than some twenty properties under names that are variables.

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
  const originOf = compileOrigin();
  const showsPort = clientIp !== 'none';

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

  function addTarget(writer: AttributeWriter, method: string, { path, query }: RequestTarget): void {
    const { attributes } = writer;
    if (knownMethods.has(method)) {
      attributes['http.request.method'] = method;
    } else {
      attributes['http.request.method'] = OTHER_METHOD;
      if (method !== '') {
        attributes['http.request.method_original'] = writer.bounded(
          HTTP_REQUEST_METHOD_ORIGINAL,
          method,
          CAPS.method,
        );
      }
    }
    if (path !== '') attributes['url.path'] = writer.bounded(URL_PATH, path, CAPS.path);
    if (query === '' || isSensitive(method, path)) return;
    if (query.length > CAPS.query) writer.cut(URL_QUERY);
    // Cut first: redacting costs as much as there is to redact, and a name always stands before its value.
    attributes['url.query'] = writer.bounded(URL_QUERY, redactQuery(query.slice(0, CAPS.query)), CAPS.query);
  }

  function addAddresses(
    writer: AttributeWriter,
    client: Client,
    origin: Origin,
    { remotePort }: Connection,
  ): void {
    const { attributes } = writer;
    attributes['url.scheme'] = origin.scheme;
    if (client.address !== undefined) {
      attributes['client.address'] = client.address;
      attributes['access_log.client_address.source'] = writer.bounded(
        CLIENT_ADDRESS_SOURCE,
        client.source,
        CAPS.headerName,
      );
    }
    if (client.peerAddress !== undefined) attributes['network.peer.address'] = client.peerAddress;
    if (remotePort !== undefined && showsPort) attributes['network.peer.port'] = remotePort;
    if (origin.address !== undefined) {
      attributes['server.address'] = writer.bounded(SERVER_ADDRESS, origin.address, CAPS.address);
    }
    if (origin.port !== undefined) attributes['server.port'] = origin.port;
  }

  function build(exchange: Exchange, additions?: Readonly<Record<string, unknown>>): RecordAttributes {
    const writer = new AttributeWriter();
    const target = parseTarget(exchange.method, exchange.target);
    const client = clients.read(exchange);
    addTarget(writer, exchange.method, target);
    addAddresses(writer, client, originOf(exchange, target.authority, client), exchange.connection);
    addRequest(writer, exchange);
    addResponse(writer, exchange);
    addHeaders(writer, exchange);
    if (additions !== undefined) addHookAttributes(writer, additions);
    return writer.finish();
  }

  const headerNames = new Set([...requestHeaders, ...clients.headerNames]);
  if (clients.trustsProxies) for (const name of ORIGIN_HEADERS) headerNames.add(name);
  return { requestHeaderNames: [...headerNames], build };
}

function addRequest(writer: AttributeWriter, exchange: Exchange): void {
  const { attributes } = writer;
  const { httpVersion, userAgent, route, requestBodySize } = exchange;
  if (httpVersion !== '') {
    attributes['network.protocol.version'] = writer.bounded(
      NETWORK_PROTOCOL_VERSION,
      httpVersion,
      CAPS.protocolVersion,
    );
  }
  if (userAgent !== undefined && userAgent !== '') {
    attributes['user_agent.original'] = writer.bounded(USER_AGENT_ORIGINAL, userAgent, CAPS.userAgent);
  }
  if (route !== undefined && route !== '') {
    attributes['http.route'] = writer.bounded(HTTP_ROUTE, route, CAPS.route);
  }
  if (requestBodySize !== undefined) attributes['http.request.body.size'] = requestBodySize;
}

function addResponse(writer: AttributeWriter, exchange: Exchange): void {
  const { attributes } = writer;
  const { statusCode, responseBodySize, responseSize, timeToHeadersMs } = exchange;
  const errorType = errorTypeOf(exchange);
  if (statusCode !== undefined) attributes['http.response.status_code'] = statusCode;
  if (errorType !== undefined)
    attributes['error.type'] = writer.bounded(ERROR_TYPE, errorType, CAPS.errorType);
  if (responseBodySize !== undefined) attributes['http.response.body.size'] = responseBodySize;
  if (responseSize !== undefined) attributes['http.response.size'] = responseSize;
  attributes['http.server.request.duration'] = secondsOf(exchange.durationMs);
  if (timeToHeadersMs !== undefined) attributes['access_log.time_to_headers'] = secondsOf(timeToHeadersMs);
  attributes['access_log.outcome'] = exchange.outcome;
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
function secondsOf(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 1e6)) / 1e9;
}
