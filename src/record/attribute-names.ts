/**
 * Names of the attributes of a record. Those without the prefix `access_log.` are the ones that the semantic
 * conventions give to HTTP server spans (v1.44.0, https://opentelemetry.io/docs/specs/semconv/http/http-spans/).
 */
export const HTTP_REQUEST_METHOD = 'http.request.method';
export const HTTP_REQUEST_METHOD_ORIGINAL = 'http.request.method_original';
export const HTTP_REQUEST_BODY_SIZE = 'http.request.body.size';
export const HTTP_REQUEST_HEADER_PREFIX = 'http.request.header.';
export const HTTP_RESPONSE_STATUS_CODE = 'http.response.status_code';
export const HTTP_RESPONSE_BODY_SIZE = 'http.response.body.size';
export const HTTP_RESPONSE_SIZE = 'http.response.size';
export const HTTP_RESPONSE_HEADER_PREFIX = 'http.response.header.';
export const HTTP_ROUTE = 'http.route';
/** Seconds; named as the metric of the conventions, which have no such attribute. */
export const HTTP_SERVER_REQUEST_DURATION = 'http.server.request.duration';
export const URL_PATH = 'url.path';
export const URL_SCHEME = 'url.scheme';
export const URL_QUERY = 'url.query';
export const ERROR_TYPE = 'error.type';
export const CLIENT_ADDRESS = 'client.address';
export const NETWORK_PEER_ADDRESS = 'network.peer.address';
export const NETWORK_PEER_PORT = 'network.peer.port';
export const NETWORK_PROTOCOL_VERSION = 'network.protocol.version';
export const SERVER_ADDRESS = 'server.address';
export const SERVER_PORT = 'server.port';
export const USER_AGENT_ORIGINAL = 'user_agent.original';

/** Names under this prefix are this package's own; queries and counts rely on them. */
export const ACCESS_LOG_PREFIX = 'access_log.';
/** Seconds from the start of the exchange to the moment the head was handed to the socket. */
export const TIME_TO_HEADERS = 'access_log.time_to_headers';
export const OUTCOME = 'access_log.outcome';
export const CLIENT_ADDRESS_SOURCE = 'access_log.client_address.source';
/** How many records of the same key were suppressed and not reported yet. */
export const SUPPRESSED_BEFORE = 'access_log.suppressed_before';
export const TRUNCATED = 'access_log.truncated';
