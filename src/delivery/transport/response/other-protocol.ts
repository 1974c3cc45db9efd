import type { OtlpProtocol } from '../../../options/environment.ts';
import type { Refused } from '../transport.ts';

/** What a failure says about the protocol: `another` is spoken on that port; or it `may` be, or the path is wrong. */
type Suspicion = 'another' | 'may';

/**
 * A gRPC client meets HTTP/1.1 as bytes that are no HTTP/2, as a TLS server that offers no `h2` (RFC 7301), or as an
 * answer over HTTP/2 that is no gRPC. (`Last error: …` are words of the official exporter.)
 */
const NO_GRPC =
  /ERR_HTTP2_ERROR|Last error: Protocol error|alert.no.application.protocol|Received HTTP status code (?:404|405|415)\b|is no gRPC$/i;
/** A client of HTTP/1.1 meets gRPC as SETTINGS frames, or as a TLS server that offers only `h2`. */
const NO_HTTP = /^HPE_|ALERT_NO_APPLICATION_PROTOCOL/;
/** Nothing is at that path, it is not for posting, or takes another content type. */
const NO_PLACE = new Set(['404', '405', '415']);

export function otherProtocol(protocol: OtlpProtocol): OtlpProtocol {
  return protocol === 'grpc' ? 'http/protobuf' : 'grpc';
}

/** Whether a failure smells of the other protocol. Of one after the receiver has accepted an export it means nothing. */
export function suspicionOf(
  protocol: OtlpProtocol,
  { errorType, message }: Pick<Refused, 'errorType' | 'message'>,
): Suspicion | undefined {
  if (protocol === 'grpc') return NO_GRPC.test(message) ? 'another' : undefined;
  if (NO_PLACE.has(errorType)) return 'may';
  // Servers of Node's say the latter in words.
  const isNoHttp = NO_HTTP.test(errorType) || (errorType === '403' && /\bALPN\b/.test(message));
  return isNoHttp ? 'another' : undefined;
}

/** What to look at, for the line that tells a failure which smells of the other protocol. */
export function hintOf(
  protocol: OtlpProtocol | undefined,
  failure: Pick<Refused, 'errorType' | 'message'>,
): string | undefined {
  if (protocol === undefined) return undefined;
  const suspicion = suspicionOf(protocol, failure);
  return suspicion && protocolHint(protocol, suspicion);
}

/** The words of it. */
export function protocolHint(protocol: OtlpProtocol, suspicion: Suspicion): string {
  return suspicion === 'another'
    ? `it seems to speak another protocol than ${protocol}: set OTEL_EXPORTER_OTLP_PROTOCOL=${otherProtocol(protocol)}`
    : `look at the path of the endpoint, and at OTEL_EXPORTER_OTLP_PROTOCOL (${protocol})`;
}
