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
import { type Client, compileClientAddress } from './client/client-address.ts';
import { compileOrigin, type Origin } from './client/request-origin.ts';
import { ConnectionFields } from './connection-fields.ts';
import { headerValues } from './headers.ts';
import { addHookAttributes } from './hook-attributes.ts';
import { compileKnownMethods, OTHER_METHOD } from './method.ts';
import type { RecordOptions } from './record-options.ts';
import type { RecordWriter } from './record-writer.ts';
import { redactPath, redactQuery } from './redact/redaction.ts';
import { compileSensitivePaths } from './redact/sensitive-paths.ts';
import { parseResponseHead } from './response-head.ts';
import { parseTarget } from './target.ts';

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
  const { requestHeaders, responseHeaders, originHeaders, clientIp } = options;
  const knownMethods = compileKnownMethods(options.knownMethods);
  const clients = compileClientAddress(options);
  const isSensitive = compileSensitivePaths(options.sensitivePaths) ?? (() => false);
  const wantedResponseHeaders = new Set(responseHeaders);
  const originOf = compileOrigin(originHeaders);
  const showsPort = clientIp !== 'none';
  /** Marks what was read by these options. */
  const owner: object = {};

  function addHeaders(writer: RecordWriter, exchange: Exchange): void {
    // By which method a URL in a header was asked for, nothing says.
    const isSensitivePath = (path: string): boolean => isSensitive(undefined, path);
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

  function readMethod(writer: RecordWriter, method: string): void {
    const isKnown = knownMethods.has(method);
    writer.method = isKnown ? method : OTHER_METHOD;
    writer.methodOriginal =
      isKnown || method === ''
        ? undefined
        : writer.bounded(HTTP_REQUEST_METHOD_ORIGINAL, method, CAPS.method);
  }

  /** @param text the query is what comes from `queryStart` on */
  function readTarget(
    writer: RecordWriter,
    method: string,
    path: string,
    text: string,
    queryStart: number,
  ): void {
    if (path.length > CAPS.path) writer.cut(URL_PATH);
    writer.path = writer.bounded(URL_PATH, redactPath(path), CAPS.path);
    writer.query = '';
    if (queryStart >= text.length || isSensitive(method, path)) return;
    if (text.length - queryStart > CAPS.query) writer.cut(URL_QUERY);
    writer.query = writer.bounded(URL_QUERY, redactQuery(text, queryStart), CAPS.query);
  }

  function readEnds(writer: RecordWriter, exchange: Exchange, authority: string | undefined): void {
    const { connection } = exchange;
    const known = connection.ends;
    if (known instanceof ConnectionFields && authority === undefined && known.matches(owner, exchange)) {
      known.copyTo(writer);
      return;
    }
    const client = clients.read(exchange);
    readAddresses(writer, client, originOf(exchange, authority, client), connection);
    readClient(writer, exchange);
    writer.ends = undefined;
    // What a trusted proxy says may be something else in every request, and what was cut is to be told each time.
    if (client.isPeerTrusted || authority !== undefined || writer.truncated !== undefined) return;
    // No host, and nothing that is worth its memory.
    if (exchange.host !== undefined && exchange.host.length > CAPS.address) return;
    const ends = new ConnectionFields(owner, exchange, writer);
    connection.ends = ends;
    writer.ends = ends;
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
    const { connection, method, target } = exchange;
    writer.connection = connection;
    readMethod(writer, method);
    if (target.startsWith('/') && !target.includes('#')) {
      // Nearly always; put apart here without another object.
      const mark = target.indexOf('?');
      if (mark === -1) readTarget(writer, method, target, '', 0);
      else readTarget(writer, method, target.slice(0, mark), target, mark + 1);
      readEnds(writer, exchange, undefined);
    } else {
      const { path, query, authority } = parseTarget(method, target);
      readTarget(writer, method, path, query, 0);
      readEnds(writer, exchange, authority);
    }
    readRequest(writer, exchange);
    readResponse(writer, exchange);
    if (capturesHeaders) addHeaders(writer, exchange);
    if (additions !== undefined) addHookAttributes(writer, additions);
  }

  const capturesHeaders = requestHeaders.length > 0 || responseHeaders.length > 0;
  const headerNames = new Set([...requestHeaders, ...clients.headerNames]);
  if (clients.trustsProxies) for (const name of originHeaders) headerNames.add(name);
  return { requestHeaderNames: [...headerNames], read };
}

function readClient(writer: RecordWriter, { httpVersion, userAgent }: Exchange): void {
  writer.protocolVersion = writer.bounded(NETWORK_PROTOCOL_VERSION, httpVersion, CAPS.protocolVersion);
  writer.userAgent =
    userAgent === undefined || userAgent === ''
      ? undefined
      : writer.bounded(USER_AGENT_ORIGINAL, userAgent, CAPS.userAgent);
}

function readRequest(writer: RecordWriter, exchange: Exchange): void {
  const { route } = exchange;
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
