import type { Connection, Exchange } from '../../http/exchange.ts';
import { ATTRIBUTES, type Attribute } from '../attributes/attribute-table.ts';
import { addHandlerFields, addNotes } from '../attributes/handler-fields.ts';
import { compileHeaders } from '../attributes/header-attributes.ts';
import { addHookAttributes } from '../attributes/hook-attributes.ts';
import { type Client, type ClientAddressReader, compileClientAddress } from '../client/client-address.ts';
import { compileOrigin, type Origin } from '../client/request-origin.ts';
import { isServerError, rpcStatusOf } from '../grpc-status.ts';
import { compileHandlerField } from '../identity/handler-field.ts';
import { addIdentity, compileIdentity, type Identity } from '../identity/identity.ts';
import type { Masking } from '../masking/masking.ts';
import { compileSensitivePaths } from '../paths/sensitive-paths.ts';
import { OTHER } from '../receipt/exchange-key.ts';
import type { RecordOptions } from '../record-options.ts';
import type { RecordWriter } from '../record-writer.ts';
import { TRACESTATE } from '../trace-randomness.ts';
import { ConnectionFields } from './connection-fields.ts';
import { readException } from './exception.ts';
import { compileKnownMethods } from './method.ts';
import { parseTarget } from './target.ts';

/** Reads exchanges into the fields of records. */
export interface ExchangeReader {
  /** Lower-case names of the request headers that are read. */
  readonly requestHeaderNames: readonly string[];
  /** Lower-case names of the request headers that identity is read from. */
  readonly identityHeaderNames: readonly string[];
  /** Whether the peer of a connection is trusted. */
  isPeerTrusted(connection: Connection): boolean;
  /** Who sent requests. */
  readonly clients: ClientAddressReader;
  /** An address of {@link clients} as the record shows it. */
  showClient(address: string, masking: Masking): string;
  /** Who it was; to be asked once for an exchange. `undefined` where that is not known, or not asked for. */
  identify(exchange: Exchange, masking: Masking): Identity | undefined;
  /**
   * Writes every field that becomes an attribute, except for `suppressedBefore`. The exchange stays as it is.
   *
   * @param masking the rules in force for the record
   * @param identity of {@link identify}
   * @param additions attributes of the user's hook
   */
  read(
    writer: RecordWriter,
    exchange: Exchange,
    masking: Masking,
    identity: Identity | undefined,
    additions: Readonly<Record<string, unknown>> | undefined,
  ): void;
}

/**
 * Compiles how an exchange becomes attributes: those of the semantic conventions for HTTP server spans, and our own.
 *
 * @param isBadEnding whether an exchange ended so badly that its record has the detail
 * @throws TypeError where `trustedProxies` or a path rule is malformed
 */
export function compileExchangeReader(
  options: RecordOptions,
  isBadEnding: (exchange: Exchange) => boolean,
): ExchangeReader {
  const { requestHeaders, responseHeaders, originHeaders, clientIp } = options;
  const detailRequestHeaders = options.detailRequestHeaders.filter((name) => !requestHeaders.includes(name));
  const detailResponseHeaders = options.detailResponseHeaders.filter(
    (name) => !responseHeaders.includes(name),
  );
  const addHeaders = compileHeaders(requestHeaders, responseHeaders);
  const addDetail = compileHeaders(detailRequestHeaders, detailResponseHeaders);
  const knownMethods = compileKnownMethods(options.knownMethods);
  const isHashed = clientIp === 'hash';
  const clients = compileClientAddress(options);
  const reader = compileIdentity(options, clients.isPeerTrusted, compileHandlerField(isBadEnding));
  const isSensitive = compileSensitivePaths(options.sensitivePaths) ?? (() => false);
  // The method with which a URL in a header is requested is not known.
  const isSensitiveUrl = (path: string): boolean => isSensitive(undefined, path);
  const originOf = compileOrigin(originHeaders);
  const showsPort = clientIp !== 'none';
  /** Connection fields that other options read are not taken over. */
  const owner: object = {};

  function readMethod(writer: RecordWriter, method: string, masking: Masking): void {
    const isKnown = knownMethods.has(method);
    writer.method = isKnown ? method : OTHER;
    writer.methodOriginal =
      isKnown || method === '' ? undefined : maskedText(writer, ATTRIBUTES.methodOriginal, method, masking);
  }

  /** @param text the query is what comes from `queryStart` on */
  function readTarget(
    writer: RecordWriter,
    masking: Masking,
    method: string,
    path: string,
    text: string,
    queryStart: number,
  ): void {
    if (path.length > ATTRIBUTES.path.cap) writer.cut(ATTRIBUTES.path.name);
    writer.path = writer.capped(ATTRIBUTES.path, masking.path(path));
    writer.query = '';
    if (queryStart >= text.length || isSensitive(method, path)) return;
    if (text.length - queryStart > ATTRIBUTES.query.cap) writer.cut(ATTRIBUTES.query.name);
    writer.query = writer.capped(ATTRIBUTES.query, masking.query(text, queryStart));
  }

  function readConnectionFields(
    writer: RecordWriter,
    exchange: Exchange,
    masking: Masking,
    authority: string | undefined,
  ): void {
    const { connection } = exchange;
    const known = connection.described;
    if (
      known instanceof ConnectionFields &&
      authority === undefined &&
      known.matches(owner, masking, exchange)
    ) {
      known.copyTo(writer);
      return;
    }
    const client = clients.read(exchange);
    readAddresses(writer, client, originOf(exchange, authority, client), connection, masking);
    if (isHashed) hashAddresses(writer, masking);
    readClient(writer, exchange, masking);
    writer.connectionFields = undefined;
    // A trusted proxy may name another client in every request, and each record lists what was cut.
    if (client.isPeerTrusted || authority !== undefined || writer.truncated !== undefined) return;
    // Too long for a host name: it would take memory for as long as the connection lasts.
    if (exchange.host !== undefined && exchange.host.length > ATTRIBUTES.serverAddress.cap) return;
    const described = new ConnectionFields(owner, masking, exchange, writer);
    connection.described = described;
    writer.connectionFields = described;
  }

  function readAddresses(
    writer: RecordWriter,
    client: Client,
    origin: Origin,
    { remotePort }: Connection,
    masking: Masking,
  ): void {
    writer.scheme = origin.scheme;
    writer.clientAddress = client.address;
    writer.clientAddressSource =
      client.address === undefined ? undefined : writer.capped(ATTRIBUTES.clientAddressSource, client.source);
    writer.peerAddress = client.peerAddress;
    writer.peerPort = showsPort ? remotePort : undefined;
    const { address, givenAddress } = origin;
    if (address === undefined || givenAddress === undefined) writer.serverAddress = undefined;
    else {
      const shown = maskedText(writer, ATTRIBUTES.serverAddress, givenAddress, masking);
      writer.serverAddress = shown === givenAddress ? address : shown;
    }
    writer.serverPort = origin.port;
  }

  function read(
    writer: RecordWriter,
    exchange: Exchange,
    masking: Masking,
    identity: Identity | undefined,
    additions: Readonly<Record<string, unknown>> | undefined,
  ): void {
    writer.reset();
    const { method, target } = exchange;
    readMethod(writer, method, masking);
    if (target.startsWith('/') && !target.includes('#')) {
      // Origin form (RFC 9112 section 3.2.1), as nearly every request has: split here without an allocation.
      const mark = target.indexOf('?');
      if (mark === -1) readTarget(writer, masking, method, target, '', 0);
      else readTarget(writer, masking, method, target.slice(0, mark), target, mark + 1);
      readConnectionFields(writer, exchange, masking, undefined);
    } else {
      const { path, query, authority } = parseTarget(method, target);
      readTarget(writer, masking, method, path, query, 0);
      readConnectionFields(writer, exchange, masking, authority);
    }
    readRequest(writer, exchange);
    readResponse(writer, exchange, masking);
    readException(writer, exchange, masking, options.exceptionMessage);
    const { fields } = exchange;
    const isBad = (fields !== undefined || addDetail !== undefined) && isBadEnding(exchange);
    if (fields !== undefined) addHandlerFields(writer, fields, masking, isBad, reader?.names);
    if (identity !== undefined) addIdentity(writer, identity);
    addHeaders?.(writer, exchange, masking, isSensitiveUrl);
    if (isBad && fields?.notes !== undefined) addNotes(writer, fields.notes, masking);
    if (isBad) addDetail?.(writer, exchange, masking, isSensitiveUrl);
    if (additions !== undefined) addHookAttributes(writer, additions, masking, reader?.names);
  }

  const kept = new Set([...requestHeaders, ...detailRequestHeaders, ...clients.headerNames]);
  if (clients.trustsProxies) for (const name of [...originHeaders, TRACESTATE]) kept.add(name);
  const canaryName = options.canary?.split(':')[0]?.toLowerCase();
  if (canaryName) kept.add(canaryName);
  return {
    requestHeaderNames: [...kept],
    identityHeaderNames: reader?.headerNames ?? [],
    isPeerTrusted: clients.isPeerTrusted,
    clients,
    showClient: (address, masking) =>
      isHashed ? masking.hash(ATTRIBUTES.clientAddress.name, address) : address,
    identify: (exchange, masking) => reader?.read(exchange, masking),
    read,
  };
}

/** Both have one namespace, so that a client that is its own peer has one hash. */
function hashAddresses(writer: RecordWriter, masking: Masking): void {
  const { clientAddress, peerAddress } = writer;
  const hash = (address: string): string => masking.hash(ATTRIBUTES.clientAddress.name, address);
  if (clientAddress !== undefined) writer.clientAddress = hash(clientAddress);
  if (peerAddress === undefined) return;
  writer.peerAddress = peerAddress === clientAddress ? writer.clientAddress : hash(peerAddress);
}

function readClient(writer: RecordWriter, { httpVersion, userAgent }: Exchange, masking: Masking): void {
  writer.protocolVersion = writer.capped(ATTRIBUTES.protocolVersion, httpVersion);
  writer.userAgent =
    userAgent === undefined || userAgent === ''
      ? undefined
      : maskedText(writer, ATTRIBUTES.userAgent, userAgent, masking);
}

/** A text that the client has chosen, as the record shows it. */
function maskedText(
  writer: RecordWriter,
  attribute: Attribute<unknown>,
  value: string,
  masking: Masking,
): string | undefined {
  const shown = masking.text(attribute.name, value);
  return shown === undefined ? undefined : writer.capped(attribute, shown);
}

function readRequest(writer: RecordWriter, exchange: Exchange): void {
  const { route } = exchange;
  writer.route = route === undefined || route === '' ? undefined : writer.capped(ATTRIBUTES.route, route);
  writer.requestBodySize = exchange.requestBodySize;
  writer.requestSize = exchange.requestSize;
}

function readResponse(writer: RecordWriter, exchange: Exchange, masking: Masking): void {
  const { timeToHeadersMs } = exchange;
  const rpcStatus = rpcStatusOf(exchange.grpcStatus);
  const errorType = errorTypeOf(exchange, rpcStatus);
  writer.statusCode = exchange.statusCode;
  writer.rpcStatus = rpcStatus;
  // Codes and names of errors are texts of the application.
  writer.errorType =
    errorType === undefined ? undefined : maskedText(writer, ATTRIBUTES.errorType, errorType, masking);
  writer.responseBodySize = exchange.responseBodySize;
  writer.responseSize = exchange.responseSize;
  writer.duration = secondsOf(exchange.durationMs);
  writer.timeToHeaders = timeToHeadersMs === undefined ? undefined : secondsOf(timeToHeadersMs);
  writer.outcome = exchange.outcome;
}

/**
 * Class of the error, of low cardinality: what ended the process; else the status code of a 5xx; else how an exchange
 * without a whole response failed; else a gRPC status that is an error of the server
 * (https://opentelemetry.io/docs/specs/semconv/attributes-registry/error/). `undefined` on success.
 */
function errorTypeOf(
  { statusCode, outcome, errorCode }: Exchange,
  rpcStatus: string | undefined,
): string | undefined {
  if (outcome !== 'crashed' && statusCode !== undefined && statusCode >= 500) return String(statusCode);
  if (outcome === 'completed' || outcome === 'upgraded' || outcome === 'tunneled')
    return isServerError(rpcStatus) ? rpcStatus : undefined;
  return errorCode ?? outcome;
}

/** Seconds, rounded to nanoseconds. */
function secondsOf(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 1e6)) / 1e9;
}
