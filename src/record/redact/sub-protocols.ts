import { REDACTED } from '../../options/rules/strategy.ts';

/**
 * Names of protocols over WebSocket: those of https://www.iana.org/assignments/websocket/ and of widely used libraries.
 * Names that say that a token comes next are among them: browsers can send no other header with it.
 */
const KNOWN: ReadonlySet<string> = new Set([
  ...[
    'amqp',
    'bfcp',
    'binary',
    'base64',
    'chat',
    'clue',
    'coap',
    'json',
    'jsonrpc',
    'mqtt',
    'mqttv3.1',
    'msrp',
  ],
  ...['rfb', 'sip', 'soap', 'superchat', 'xmpp', 'xmpp-framing', 'mles-websocket', 'sqlnet.oracle.com'],
  ...['opcua+uacp', 'opcua+uajson', 'sldp.softvelum.com', 'v1.usp', 'mbws.huawei.com', 'mblws.huawei.com'],
  ...['stomp', 'v10.stomp', 'v11.stomp', 'v12.stomp', 'wamp', 'wamp.2.json', 'wamp.2.msgpack', 'wamp.2.cbor'],
  ...['ocpp1.2', 'ocpp1.5', 'ocpp1.6', 'ocpp2.0', 'ocpp2.0.1', 'ocpp2.1'],
  ...['onem2m.r2.0.json', 'onem2m.r2.0.xml', 'onem2m.r2.0.cbor'],
  ...['graphql-ws', 'graphql-transport-ws', 'subscriptions-transport-ws', 'grpc-websockets', 'phoenix'],
  ...['actioncable-v1-json', 'actioncable-unsupported', 'vite-hmr', 'vite-ping', 'tty', 'protoo', 'realtime'],
  ...['channel.k8s.io', 'v2.channel.k8s.io', 'v3.channel.k8s.io', 'v4.channel.k8s.io', 'v5.channel.k8s.io'],
  ...['base64.channel.k8s.io', 'v4.base64.channel.k8s.io', 'portforward.k8s.io'],
  ...['janus-protocol', 'janus-admin-protocol', 'access_token', 'access-token', 'auth', 'authentication'],
  ...['authorization', 'basic', 'bearer', 'jwt', 'oauth', 'token'],
]);
/** Clients offer a few; the rest are one. */
const MAX_SUB_PROTOCOLS = 50;

/**
 * The value of a `Sec-WebSocket-Protocol` header, in which known names stay. Any other may be a credential: `bearer,
 * <token>`, `base64url.bearer.authorization.k8s.io.<token>`.
 */
export function redactSubProtocols(value: string): string {
  const offered = value.split(',', MAX_SUB_PROTOCOLS + 1);
  const shown = offered.slice(0, MAX_SUB_PROTOCOLS).map(redactSubProtocol);
  if (offered.length > MAX_SUB_PROTOCOLS) shown.push(REDACTED);
  return shown.join(',');
}

/** Keeps the space around it. */
function redactSubProtocol(offered: string): string {
  const name = offered.trim();
  if (name === '' || KNOWN.has(name.toLowerCase())) return offered;
  return offered.replace(name, REDACTED);
}
