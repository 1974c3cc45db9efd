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
import { CAPS } from './caps.ts';
import { addHeader } from './captured-headers.ts';
import { type Client, compileClientAddress } from './client-address.ts';
import { headerValues } from './headers.ts';
import { addHookAttributes } from './hook-attributes.ts';
import { compileKnownMethods, OTHER_METHOD } from './method.ts';
import { compileOrigin, ORIGIN_HEADERS, type Origin } from './origin.ts';
import type { RecordOptions } from './record-options.ts';
import type { RecordWriter } from './record-writer.ts';
import { redactQuery } from './redaction.ts';
import { parseResponseHead } from './response-head.ts';
import { compileSensitivePaths } from './sensitive-paths.ts';
import { parseTarget, type RequestTarget } from './target.ts';

/** Reads what a record says out of exchanges. */
export interface FieldsReader {
  /** Lower-case names of the request headers that are looked at. */
  readonly requestHeaderNames: readonly string[];
  /**
   * Writes every field that becomes an attribute, except for the suppressed before. The exchange stays as it is.
   *
   * @param additions attributes of the user's hook
   */
  read(
    writer: RecordWriter,
    exchange: Exchange,
    additions: Readonly<Record<string, unknown>> | undefined,
  ): void;
}

/**
 * Compiles how an exchange becomes attributes: those of the semantic conventions for HTTP server spans, and our own.
 *
 * @throws TypeError where `trustedProxies` or a path rule is malformed
 */
export function compileFields(options: RecordOptions): FieldsReader {
  const { requestHeaders, responseHeaders, clientIp } = options;
  const knownMethods = compileKnownMethods(options.knownMethods);
  const clients = compileClientAddress(options);
  const isSensitive = compileSensitivePaths(options.sensitivePaths) ?? (() => false);
  const wantedResponseHeaders = new Set(responseHeaders);
  const originOf = compileOrigin();
  const showsPort = clientIp !== 'none';

  function addHeaders(writer: RecordWriter, exchange: Exchange): void {
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

  function readTarget(writer: RecordWriter, method: string, { path, query }: RequestTarget): void {
    const isKnown = knownMethods.has(method);
    writer.method = isKnown ? method : OTHER_METHOD;
    writer.methodOriginal =
      isKnown || method === ''
        ? undefined
        : writer.bounded(HTTP_REQUEST_METHOD_ORIGINAL, method, CAPS.method);
    writer.path = writer.bounded(URL_PATH, path, CAPS.path);
    writer.query = '';
    if (query === '' || isSensitive(method, path)) return;
    if (query.length > CAPS.query) writer.cut(URL_QUERY);
    // Cut first: redacting costs as much as there is to redact, and a name always stands before its value.
    writer.query = writer.bounded(URL_QUERY, redactQuery(query.slice(0, CAPS.query)), CAPS.query);
  }

  function readAddresses(
    writer: RecordWriter,
    client: Client,
    origin: Origin,
    { remotePort }: Connection,
  ): void {
    writer.scheme = origin.scheme;
    writer.clientAddress = client.address;
    writer.clientAddressSource =
      client.address === undefined
        ? undefined
        : writer.bounded(CLIENT_ADDRESS_SOURCE, client.source, CAPS.headerName);
    writer.peerAddress = client.peerAddress;
    writer.peerPort = showsPort ? remotePort : undefined;
    writer.serverAddress =
      origin.address === undefined ? undefined : writer.bounded(SERVER_ADDRESS, origin.address, CAPS.address);
    writer.serverPort = origin.port;
  }

  function read(
    writer: RecordWriter,
    exchange: Exchange,
    additions: Readonly<Record<string, unknown>> | undefined,
  ): void {
    writer.reset();
    const { connection, method } = exchange;
    writer.connection = connection;
    const target = parseTarget(method, exchange.target);
    const client = clients.read(exchange);
    readTarget(writer, method, target);
    readAddresses(writer, client, originOf(exchange, target.authority, client), connection);
    readRequest(writer, exchange);
    readResponse(writer, exchange);
    if (capturesHeaders) addHeaders(writer, exchange);
    if (additions !== undefined) addHookAttributes(writer, additions);
  }

  const capturesHeaders = requestHeaders.length > 0 || responseHeaders.length > 0;
  const headerNames = new Set([...requestHeaders, ...clients.headerNames]);
  if (clients.trustsProxies) for (const name of ORIGIN_HEADERS) headerNames.add(name);
  return { requestHeaderNames: [...headerNames], read };
}

function readRequest(writer: RecordWriter, exchange: Exchange): void {
  const { userAgent, route } = exchange;
  writer.protocolVersion = writer.bounded(
    NETWORK_PROTOCOL_VERSION,
    exchange.httpVersion,
    CAPS.protocolVersion,
  );
  writer.userAgent =
    userAgent === undefined || userAgent === ''
      ? undefined
      : writer.bounded(USER_AGENT_ORIGINAL, userAgent, CAPS.userAgent);
  writer.route =
    route === undefined || route === '' ? undefined : writer.bounded(HTTP_ROUTE, route, CAPS.route);
  writer.requestBodySize = exchange.requestBodySize;
}

function readResponse(writer: RecordWriter, exchange: Exchange): void {
  const { timeToHeadersMs } = exchange;
  const errorType = errorTypeOf(exchange);
  writer.statusCode = exchange.statusCode;
  writer.errorType =
    errorType === undefined ? undefined : writer.bounded(ERROR_TYPE, errorType, CAPS.errorType);
  writer.responseBodySize = exchange.responseBodySize;
  writer.responseSize = exchange.responseSize;
  writer.duration = secondsOf(exchange.durationMs);
  writer.timeToHeaders = timeToHeadersMs === undefined ? undefined : secondsOf(timeToHeadersMs);
  writer.outcome = exchange.outcome;
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
