import type { RecordAttributes, RecordFields } from '../record-fields.ts';
import { type AttributeField, rowsWithout } from './attribute-table.ts';

/** Fields whose attributes the functions below write under literal names. */
const HAND_WRITTEN: readonly AttributeField[] = [
  ...(['method', 'methodOriginal', 'path', 'query', 'scheme', 'protocolVersion', 'userAgent'] as const),
  ...(['route', 'requestBodySize', 'clientAddress', 'clientAddressSource', 'peerAddress'] as const),
  ...(['peerPort', 'serverAddress', 'serverPort', 'statusCode', 'errorType', 'responseBodySize'] as const),
  ...(['responseSize', 'duration', 'timeToHeaders', 'outcome', 'suppressedBefore', 'truncated'] as const),
];
const OTHERS = rowsWithout(HAND_WRITTEN);

/**
 * The attribute map of a record; a new one for every call.
 *
 * Most are stored under literal names: V8 makes a slow dictionary of an object that is given more than some twenty
 * properties under names that are variables. The others come first, while the object is small.
 */
export function attributesOf(fields: RecordFields): RecordAttributes {
  const attributes: RecordAttributes = {};
  for (const [field, { name, initial, isRequired }] of OTHERS) {
    const value = fields[field];
    if (value !== undefined && (isRequired || value !== initial)) attributes[name] = value;
  }
  addRequest(attributes, fields);
  addAddresses(attributes, fields);
  addResponse(attributes, fields);
  if (fields.suppressedBefore > 0) attributes['access_log.suppressed_before'] = fields.suppressedBefore;
  if (fields.handlerFields !== undefined) Object.assign(attributes, fields.handlerFields);
  if (fields.additions !== undefined) Object.assign(attributes, fields.additions);
  if (fields.truncated !== undefined) attributes['access_log.truncated'] = fields.truncated;
  return attributes;
}

function addRequest(attributes: RecordAttributes, fields: RecordFields): void {
  const { methodOriginal, path, query, protocolVersion, userAgent, route, requestBodySize } = fields;
  attributes['http.request.method'] = fields.method;
  if (methodOriginal !== undefined) attributes['http.request.method_original'] = methodOriginal;
  if (path !== '') attributes['url.path'] = path;
  if (query !== '') attributes['url.query'] = query;
  attributes['url.scheme'] = fields.scheme;
  if (protocolVersion !== '') attributes['network.protocol.version'] = protocolVersion;
  if (userAgent !== undefined) attributes['user_agent.original'] = userAgent;
  if (route !== undefined) attributes['http.route'] = route;
  if (requestBodySize !== undefined) attributes['http.request.body.size'] = requestBodySize;
}

function addAddresses(attributes: RecordAttributes, fields: RecordFields): void {
  const { clientAddress, clientAddressSource, peerAddress, peerPort, serverAddress, serverPort } = fields;
  if (clientAddress !== undefined) attributes['client.address'] = clientAddress;
  if (clientAddressSource !== undefined) attributes['access_log.client_address.source'] = clientAddressSource;
  if (peerAddress !== undefined) attributes['network.peer.address'] = peerAddress;
  if (peerPort !== undefined) attributes['network.peer.port'] = peerPort;
  if (serverAddress !== undefined) attributes['server.address'] = serverAddress;
  if (serverPort !== undefined) attributes['server.port'] = serverPort;
}

function addResponse(attributes: RecordAttributes, fields: RecordFields): void {
  const { statusCode, errorType, responseBodySize, responseSize, timeToHeaders } = fields;
  if (statusCode !== undefined) attributes['http.response.status_code'] = statusCode;
  if (errorType !== undefined) attributes['error.type'] = errorType;
  if (responseBodySize !== undefined) attributes['http.response.body.size'] = responseBodySize;
  if (responseSize !== undefined) attributes['http.response.size'] = responseSize;
  attributes['http.server.request.duration'] = fields.duration;
  if (timeToHeaders !== undefined) attributes['access_log.time_to_headers'] = timeToHeaders;
  attributes['access_log.outcome'] = fields.outcome;
}
