import type { OtlpProtocol } from '../../../options/environment.ts';
import type { Refused } from '../transport.ts';

/** What a failure points to: `another` protocol on that port; `may` is that, or a wrong path. */
type Suspicion = 'another' | 'may';

/**
 * What a gRPC client sees of HTTP/1.1: bytes that are no HTTP/2, a TLS server that offers no `h2` (RFC 7301), or a
 * response over HTTP/2 that is no gRPC. (`Last error: …` is a message of the official exporter.)
 */
const NO_GRPC =
  /ERR_HTTP2_ERROR|Last error: Protocol error|alert.no.application.protocol|Received HTTP status code (?:404|405|415)\b|is no gRPC$/i;
/** What an HTTP/1.1 client sees of gRPC: SETTINGS frames, or a TLS server that offers only `h2`. */
const NO_HTTP = /^HPE_|ALERT_NO_APPLICATION_PROTOCOL/;
/** There is nothing at that path, or it takes no POST, or another content type. */
const NO_PLACE = new Set(['404', '405', '415']);

export function otherProtocol(protocol: OtlpProtocol): OtlpProtocol {
  return protocol === 'grpc' ? 'http/protobuf' : 'grpc';
}

/** Whether a failure points to the other protocol. Not to be asked once the receiver has accepted an export. */
export function suspicionOf(
  protocol: OtlpProtocol,
  { errorType, message }: Pick<Refused, 'errorType' | 'message'>,
): Suspicion | undefined {
  if (protocol === 'grpc') return NO_GRPC.test(message) ? 'another' : undefined;
  if (NO_PLACE.has(errorType)) return 'may';
  // A TLS server of Node's refuses the missing `http/1.1` with 403 and a message.
  const isNoHttp = NO_HTTP.test(errorType) || (errorType === '403' && /\bALPN\b/.test(message));
  return isNoHttp ? 'another' : undefined;
}

/** What to check, for the message about a failure that points to the other protocol. */
export function hintOf(
  protocol: OtlpProtocol | undefined,
  failure: Pick<Refused, 'errorType' | 'message'>,
): string | undefined {
  if (protocol === undefined) return undefined;
  const suspicion = suspicionOf(protocol, failure);
  return suspicion && protocolHint(protocol, suspicion);
}

/** The text of the hint. */
export function protocolHint(protocol: OtlpProtocol, suspicion: Suspicion): string {
  return suspicion === 'another'
    ? `it seems to speak another protocol than ${protocol}: set OTEL_EXPORTER_OTLP_PROTOCOL=${otherProtocol(protocol)}`
    : `look at the path of the endpoint, and at OTEL_EXPORTER_OTLP_PROTOCOL (${protocol})`;
}
