import { otherProtocol, suspicionOf } from '../../../delivery/transport/response/other-protocol.ts';
import { shownHost } from '../../../options/otlp/host-and-port.ts';
import { grpcStatusName } from '../../../record/grpc-status.ts';
import type { Finding } from '../report.ts';
import type { Failure, FailureContext } from '../sending/failure.ts';

type SendFailure = Extract<Failure, { readonly stage: 'send' }>;

/** Reason, what it means, what to change. */
type Row = readonly [reason: string, what: string, ...advice: string[]];

const HEADERS = 'OTEL_EXPORTER_OTLP_HEADERS';

/** How an export failed, in words, and what to change. Pure. */
export function explainSendFailure(failure: SendFailure, context: FailureContext): Finding {
  const { code, message, data } = failure;
  const [reason, what, ...advice] =
    code === undefined
      ? noAnswer(context)
      : suspicionOf(context.protocol, { errorType: String(code), message: `${message} ${data}` }) ===
          'another'
        ? wrongProtocol('which answers in another', context)
        : typeof code === 'string'
          ? brokenOff(code, context)
          : code >= 100
            ? httpStatus(code, context)
            : grpcStatus(code, message, context);
  // An HTTP refusal has the receiver's words in the body; gRPC has them in the message.
  const words = (typeof code === 'number' && code >= 100 ? statusMessage(data) : message)
    .replaceAll(/\s+/g, ' ')
    .trim();
  const saying = typeof code === 'number' && words !== '' ? ` It says: ${words}` : '';
  return { level: 'error', reason, what: `${what}${saying}`, advice };
}

/** @param spoken what is on that port, as a clause */
export function wrongProtocol(spoken: string, context: FailureContext): Row {
  const { protocol, protocolVariable, endpoint, endpointVariable } = context;
  const port = protocol === 'grpc' ? 4317 : 4318;
  return [
    'wrong_protocol',
    `Wrong protocol on this port: the access log speaks ${protocol} to ${shownHost(endpoint)}, ${spoken}.`,
    `Set ${protocolVariable}=${otherProtocol(protocol)}` +
      (protocol === 'grpc' ? ', and the path of the endpoint where it has one' : ''),
    `or name the port for ${protocol} (usually ${port}) in ${endpointVariable}.`,
  ];
}

/** Messages of failed connections: Node's error codes, our own messages, and those of the official exporter. */
const NO_CONNECTION =
  /\b(?:ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ERR_)|the connection was closed|the proxy |No connection established|protocol/;

/** Tags of the fields `code` and `message` of a google.rpc.Status. */
const CODE = 0x08;
const MESSAGE = 0x12;
const LAST_OF_VARINT = 0x7f;

/** The message where the body is a google.rpc.Status, as OTLP/HTTP wants it, else the body. */
function statusMessage(body: string): string {
  let at = body.charCodeAt(0) === CODE ? 2 : 0;
  if (body.charCodeAt(at) !== MESSAGE) return body;
  // Bytes of the length that go on were no UTF-8, and are replacement characters here.
  for (at += 1; body.charCodeAt(at) > LAST_OF_VARINT; at += 1);
  return body.slice(at + 1);
}

function noAnswer({ endpoint, timeoutMs }: FailureContext): Row {
  return [
    'timeout',
    `${shownHost(endpoint)} is connected, but does not answer within ${Math.round(timeoutMs / 100) / 10} s.`,
    'The receiver hangs or is overloaded, or something else listens on that port.',
    'Where it only is slow, OTEL_EXPORTER_OTLP_TIMEOUT (ms, 10000 by default) gives it more time.',
  ];
}

function brokenOff(code: string, context: FailureContext): Row {
  if (code === 'ETIMEDOUT') return noAnswer(context);
  const { endpoint, endpointVariable } = context;
  if (code === 'no_credentials') {
    return [
      'tls_files',
      'A file of headers, certificates or the key cannot be used.',
      'Look at the files that ACCESS_LOG_OTLP_HEADERS_FILE and OTEL_EXPORTER_OTLP_… name, and who may read them.',
    ];
  }
  return [
    'broken_off',
    `${shownHost(endpoint)} breaks the connection off (${code}).`,
    `Look whether it is an OTLP receiver: the port in ${endpointVariable}, and what its own log says.`,
  ];
}

function httpStatus(status: number, context: FailureContext): Row {
  const { configFile, endpoint, endpointVariable, headerVariables, protocol, protocolVariable } = context;
  const host = shownHost(endpoint);
  if (status === 401 || status === 403) return unauthorized(`${host} answered ${status}`, headerVariables);
  if (status === 404 || status === 405) {
    return [
      'path',
      `${host} answered ${status}: there is no OTLP receiver for logs at ${pathOf(endpoint)}.`,
      ...(configFile === undefined
        ? [
            `A Collector takes ${endpointVariable}=http://HOST:4318, Loki http://HOST:3100/otlp; /v1/logs is appended`,
            'to OTEL_EXPORTER_OTLP_ENDPOINT, and not to OTEL_EXPORTER_OTLP_LOGS_ENDPOINT, which must hold all of it.',
          ]
        : [
            `A Collector takes ${endpointVariable}=http://HOST:4318/v1/logs, Loki http://HOST:3100/otlp/v1/logs;`,
            'nothing is appended to it.',
          ]),
    ];
  }
  if (status >= 300 && status < 400) {
    return [
      'redirect',
      `${host} answered ${status}, a redirect, which OTLP does not follow.`,
      `Name the place it leads to in ${endpointVariable}; often only http:// must become https://.`,
    ];
  }
  if (status === 413)
    return ['too_large', `${host} answered 413: the export is too large for it.`, 'Raise its limit.'];
  if (status === 415) {
    return [
      'content_type',
      `${host} answered 415: it does not take ${protocol === 'http/json' ? 'JSON' : 'protobuf'}.`,
      `Look whether it speaks OTLP, and at ${protocolVariable}: http/protobuf, or http/json where it takes JSON only.`,
    ];
  }
  if (status === 429) {
    return [
      'overloaded',
      `${host} answered 429: too much is sent to it.`,
      'Raise its limits, or send less to it.',
    ];
  }
  if (status >= 500) {
    return [
      'unavailable',
      `${host} answered ${status}: it, or a proxy before it, cannot take records now.`,
      'Look at its own log, and whether what stands behind it is up.',
    ];
  }
  return ['refused_record', `${host} answered ${status}: it refuses the record.`, 'Look at its own log.'];
}

/** The path of an endpoint as it is shown, which may be no URL any more. */
function pathOf(endpoint: string): string {
  return endpoint.replace(/^\w+:\/\/[^/]*/, '') || '/';
}

function grpcStatus(code: number, message: string, context: FailureContext): Row {
  const { endpoint, endpointVariable, headerVariables } = context;
  const host = shownHost(endpoint);
  switch (grpcStatusName(code)) {
    case 'DEADLINE_EXCEEDED':
      return noAnswer(context);
    case 'PERMISSION_DENIED':
      return unauthorized(`${host} answered PERMISSION_DENIED`, headerVariables);
    case 'UNAUTHENTICATED':
      return unauthorized(`${host} answered UNAUTHENTICATED`, headerVariables);
    case 'UNIMPLEMENTED':
      return [
        'unimplemented',
        `${host} answered UNIMPLEMENTED: it speaks gRPC, but takes no logs.`,
        'A Collector needs a logs pipeline with the otlp receiver in it; a proxy in between must pass gRPC on.',
        'Loki takes OTLP over HTTP only: OTEL_EXPORTER_OTLP_ENDPOINT=http://HOST:3100/otlp',
      ];
    case 'RESOURCE_EXHAUSTED':
      return ['overloaded', `${host} answered RESOURCE_EXHAUSTED.`, 'Raise its limits, or send less to it.'];
    case 'UNAVAILABLE':
      return [
        'unavailable',
        NO_CONNECTION.test(message)
          ? `No gRPC connection to ${host}.`
          : `${host} answered UNAVAILABLE: it cannot take records now.`,
        `Look at its own log, and whether ${endpointVariable} names the port of the OTLP receiver for gRPC.`,
      ];
    case 'INVALID_ARGUMENT':
    case 'FAILED_PRECONDITION':
    case 'OUT_OF_RANGE':
      return ['refused_record', `${host} refuses the record (gRPC status ${code}).`, 'Look at its own log.'];
    default:
      return [
        'grpc',
        `${host} failed (gRPC status ${code}).`,
        `Look at its own log, and whether ${endpointVariable} names the port of the OTLP receiver for gRPC.`,
      ];
  }
}

function unauthorized(answered: string, headerVariables: readonly string[]): Row {
  return [
    'unauthorized',
    `${answered}: the tenant or the credentials are missing or wrong.`,
    headerVariables.length > 0
      ? `Look at the values in ${headerVariables.join(' and ')} (they are percent-encoded, and never shown here).`
      : `Give them as headers: ${HEADERS}=X-Scope-OrgID=TENANT for Loki, or authorization=Bearer%20TOKEN`,
  ];
}
