import { ATTRIBUTES } from './attribute-table.ts';

// Names that other code asks for. An attribute has its name from the table; only one that is read again, out of
// records or for events, wants a constant here.
export const HTTP_REQUEST_METHOD: string = ATTRIBUTES.method.name;
export const HTTP_REQUEST_METHOD_ORIGINAL: string = ATTRIBUTES.methodOriginal.name;
export const HTTP_RESPONSE_STATUS_CODE: string = ATTRIBUTES.statusCode.name;
export const RPC_STATUS_CODE: string = ATTRIBUTES.rpcStatus.name;
export const HTTP_ROUTE: string = ATTRIBUTES.route.name;
export const HTTP_SERVER_REQUEST_DURATION: string = ATTRIBUTES.duration.name;
export const HTTP_REQUEST_BODY_SIZE: string = ATTRIBUTES.requestBodySize.name;
export const HTTP_RESPONSE_BODY_SIZE: string = ATTRIBUTES.responseBodySize.name;
export const URL_PATH: string = ATTRIBUTES.path.name;
export const CLIENT_ADDRESS: string = ATTRIBUTES.clientAddress.name;
export const NETWORK_PEER_ADDRESS: string = ATTRIBUTES.peerAddress.name;
export const ERROR_TYPE: string = ATTRIBUTES.errorType.name;
export const TIME_TO_HEADERS: string = ATTRIBUTES.timeToHeaders.name;
export const OUTCOME: string = ATTRIBUTES.outcome.name;
export const SUPPRESSED_BEFORE: string = ATTRIBUTES.suppressedBefore.name;
export const TRUNCATED: string = ATTRIBUTES.truncated.name;
/** On events of long exchanges: how many of them were left out since the last one. */
export const OMITTED_BEFORE = 'access_log.omitted_before';

/** Notes of the handlers, on the record of an exchange that ended badly. */
export const NOTES = 'access_log.notes';

// Who it was. `tenant.id` is ours; the first three are those of the semantic conventions.
export const SESSION_ID = 'session.id';
export const USER_ID = 'user.id';
export const USER_HASH = 'user.hash';
export const TENANT_ID = 'tenant.id';
export const AUTH_FINGERPRINT = 'access_log.auth.fingerprint';
export const AUTH_SCHEME = 'access_log.auth.scheme';
/** Before the name of a claim. */
export const AUTH_CLAIM_PREFIX = 'access_log.auth.claim.';

/** Before the lower-case name of a captured header. */
export const HTTP_REQUEST_HEADER_PREFIX = 'http.request.header.';
export const HTTP_RESPONSE_HEADER_PREFIX = 'http.response.header.';
/** Names under this prefix are this package's own; queries and counts rely on them. */
export const ACCESS_LOG_PREFIX = 'access_log.';
