import { shownHost } from '../../../options/otlp/host-and-port.ts';
import type { Finding } from '../report.ts';
import type { Failure, FailureContext } from '../sending/failure.ts';

type TlsFailure = Extract<Failure, { readonly stage: 'tls' }>;

/** Node's codes for a certificate chain that ends at no trusted authority. */
const UNKNOWN_AUTHORITY = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

/** OpenSSL's codes for an answer that is no TLS. */
const NO_TLS = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_RECORD_LAYER_FAILURE',
]);

/** Alerts of a server that wants a client certificate, or another one. */
const CLIENT_CERTIFICATE = /ALERT_(?:CERTIFICATE_REQUIRED|BAD_CERTIFICATE|HANDSHAKE_FAILURE)$/;
const CLIENT_CERTIFICATE_REFUSED =
  /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(?:EXPIRED|REVOKED|UNKNOWN))$/;

const CA = 'OTEL_EXPORTER_OTLP_CERTIFICATE';
const CLIENT = 'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY';

/** What is wrong with the TLS connection, and what to change. Pure. */
export function explainTlsFailure(failure: TlsFailure, context: FailureContext): Finding {
  const { code, message, certificate } = failure;
  const host = shownHost(context.endpoint);
  const error = (reason: string, what: string, advice: readonly string[]): Finding => ({
    level: 'error',
    reason,
    what,
    advice,
  });
  // The certificate does not name the host (RFC 9110 section 4.3.4).
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = certificate?.names || 'nobody';
    return error('tls_name', `The certificate of ${host} is for somebody else: ${names}.`, [
      `Name the receiver in ${context.endpointVariable} as its certificate does, or have the name added to it.`,
    ]);
  }
  if (UNKNOWN_AUTHORITY.has(code)) {
    const issuer = certificate?.issuer === undefined ? '' : ` It was issued by ${certificate.issuer}.`;
    return error('tls_authority', `The certificate of ${host} comes from an unknown authority.${issuer}`, [
      context.ca === undefined
        ? `Put the certificate of that authority into a file and name it: ${CA}=/path/ca.pem`
        : `The authority in ${context.ca} did not sign it: the file must hold the one that did.`,
    ]);
  }
  if (code === 'CERT_HAS_EXPIRED') {
    return error('tls_expired', `The certificate of ${host} has expired: ${certificate?.validTo ?? '?'}.`, [
      'Renew it; if it is valid, look at the clock of this machine.',
    ]);
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return error(
      'tls_not_yet',
      `The certificate of ${host} is valid from ${certificate?.validFrom ?? '?'}.`,
      ['Look at the clock of this machine.'],
    );
  }
  if (code === 'ENOENT' || code === 'EACCES' || code.startsWith('ERR_OSSL')) {
    return error('tls_files', `A certificate or key cannot be used: ${message}`, [
      `Look at the files in ${CA}, ${CLIENT}: they must hold PEM, and the key must fit its certificate.`,
    ]);
  }
  if (NO_TLS.has(code)) {
    return error('tls_unexpected', `${host} does not speak TLS, and the endpoint is one with TLS.`, [
      `Write http:// in ${context.endpointVariable}` +
        (context.protocol === 'grpc' ? ' (for gRPC, an endpoint without a scheme is one with TLS).' : '.'),
    ]);
  }
  if (code.includes('ALERT_NO_APPLICATION_PROTOCOL')) {
    const spoken = context.protocol === 'grpc' ? 'HTTP/2, which gRPC needs' : 'HTTP/1.1';
    return error('wrong_protocol', `${host} does not speak ${spoken}.`, [
      `Look at the port in ${context.endpointVariable}, and at ${context.protocolVariable}.`,
    ]);
  }
  if (context.cert === undefined && CLIENT_CERTIFICATE.test(code)) {
    return error('tls_client_certificate', `${host} wants a client certificate, and none is given.`, [
      `Name certificate and key in ${CLIENT}.`,
    ]);
  }
  if (
    context.cert !== undefined &&
    (CLIENT_CERTIFICATE_REFUSED.test(code) || CLIENT_CERTIFICATE.test(code))
  ) {
    return error('tls_client_certificate', `${host} refuses the client certificate in ${context.cert}.`, [
      'It must be valid and signed by the authority that the receiver trusts.',
    ]);
  }
  if (code === 'CLOSED_AFTER_HANDSHAKE') {
    const what = `${host} closes the connection right after the TLS handshake, as one does that `;
    return context.cert === undefined
      ? error('tls_client_certificate', `${what}wants a client certificate; none is given.`, [
          `Name certificate and key in ${CLIENT}.`,
        ])
      : error('tls_client_certificate', `${what}refuses the client certificate in ${context.cert}.`, [
          'It must be valid and signed by the authority that the receiver trusts.',
        ]);
  }
  return error('tls', `No TLS connection to ${host}: ${message}`, [
    'Look at the TLS versions and certificates of the receiver.',
  ]);
}
