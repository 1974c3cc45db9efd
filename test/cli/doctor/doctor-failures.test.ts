import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explainFailure } from '../../../src/cli/doctor/explain/explain-failure.ts';
import { greetingOf } from '../../../src/cli/doctor/sending/connection.ts';
import type { Failure, FailureContext } from '../../../src/cli/doctor/sending/failure.ts';
import { partialSuccessOf } from '../../../src/cli/doctor/sending/send-by-exporter.ts';
import { failureOf } from '../../../src/cli/doctor/sending/send-by-transport.ts';
import { Secrets } from '../../../src/delivery/transport/credentials/secrets.ts';
import { grpcRefusal, httpRefusal } from '../../../src/delivery/transport/response/refusals.ts';
import type { GrpcStatusName } from '../../../src/record/grpc-status.ts';

const HTTP: FailureContext = {
  protocol: 'http/protobuf',
  endpoint: 'http://collector:4318/v1/logs',
  endpointVariable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  protocolVariable: 'OTEL_EXPORTER_OTLP_PROTOCOL',
  ca: undefined,
  cert: undefined,
  key: undefined,
  headerVariables: [],
  configFile: undefined,
  timeoutMs: 1500,
};
const GRPC: FailureContext = { ...HTTP, protocol: 'grpc', endpoint: 'http://collector:4317' };
const TLS: FailureContext = { ...GRPC, endpoint: 'https://collector:4317' };
const MTLS: FailureContext = { ...TLS, cert: '/tls/client.pem', key: '/tls/client.key' };
const SOCKET: FailureContext = { ...GRPC, endpoint: 'unix:///run/otel.sock' };

const certificate = {
  names: 'other, *.other',
  issuer: 'Some CA',
  validFrom: 'Jan  1 00:00:00 2030 GMT',
  validTo: 'Jan  1 00:00:00 2020 GMT',
};
const connect = (code: string): Failure => ({ stage: 'connect', code, message: `connect ${code}` });
const tls = (code: string): Failure => ({ stage: 'tls', code, message: `tls ${code}`, certificate });
const send = (code: number | string | undefined, message = 'words', data = ''): Failure => ({
  stage: 'send',
  code,
  message,
  data,
});

describe('what happened, in words', () => {
  const rows: readonly (readonly [FailureContext, Failure, reason: string, what: string])[] = [
    [GRPC, connect('ECONNREFUSED'), 'refused', 'Connection refused: nothing listens on collector:4317.'],
    [GRPC, connect('ENOTFOUND'), 'dns', 'There is no host of that name: collector:4317.'],
    [
      GRPC,
      connect('EAI_AGAIN'),
      'dns',
      'The name of collector:4317 could not be looked up: the DNS server does not answer.',
    ],
    [GRPC, connect('ETIMEDOUT'), 'timeout', 'No connection to collector:4317: nobody answers there.'],
    [
      GRPC,
      connect('EHOSTUNREACH'),
      'unreachable',
      'There is no way from here to collector:4317 (EHOSTUNREACH).',
    ],
    [SOCKET, connect('ENOENT'), 'socket', 'The socket cannot be opened: /run/otel.sock (ENOENT).'],
    [GRPC, connect('EPERM'), 'connect', 'No connection to collector:4317: connect EPERM'],
    [
      TLS,
      tls('ERR_TLS_CERT_ALTNAME_INVALID'),
      'tls_name',
      'The certificate of collector:4317 is for somebody else: other, *.other.',
    ],
    [
      TLS,
      tls('DEPTH_ZERO_SELF_SIGNED_CERT'),
      'tls_authority',
      'The certificate of collector:4317 comes from an unknown authority. It was issued by Some CA.',
    ],
    [
      TLS,
      tls('CERT_HAS_EXPIRED'),
      'tls_expired',
      'The certificate of collector:4317 has expired: Jan  1 00:00:00 2020 GMT.',
    ],
    [
      TLS,
      tls('CERT_NOT_YET_VALID'),
      'tls_not_yet',
      'The certificate of collector:4317 is valid from Jan  1 00:00:00 2030 GMT.',
    ],
    [
      TLS,
      tls('ERR_SSL_WRONG_VERSION_NUMBER'),
      'tls_unexpected',
      'collector:4317 does not speak TLS, and the endpoint is one with TLS.',
    ],
    [
      TLS,
      tls('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
      'tls_client_certificate',
      'collector:4317 wants a client certificate, and none is given.',
    ],
    [
      MTLS,
      tls('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'),
      'tls_client_certificate',
      'collector:4317 refuses the client certificate in /tls/client.pem.',
    ],
    [
      TLS,
      tls('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL'),
      'wrong_protocol',
      'collector:4317 does not speak HTTP/2, which gRPC needs.',
    ],
    [
      MTLS,
      tls('ERR_OSSL_PEM_NO_START_LINE'),
      'tls_files',
      'A certificate or key cannot be used: tls ERR_OSSL_PEM_NO_START_LINE',
    ],
    [
      TLS,
      tls('CLOSED_AFTER_HANDSHAKE'),
      'tls_client_certificate',
      'collector:4317 closes the connection right after the TLS handshake, as one does that wants a client ' +
        'certificate; none is given.',
    ],
    [TLS, tls('ECONNRESET'), 'tls', 'No TLS connection to collector:4317: tls ECONNRESET'],
    [
      GRPC,
      { stage: 'greeting', greeting: 'http/1' },
      'wrong_protocol',
      'Wrong protocol on this port: the access log speaks grpc to collector:4317, which speaks HTTP/1.1.',
    ],
    [
      HTTP,
      { stage: 'greeting', greeting: 'http/2' },
      'wrong_protocol',
      'Wrong protocol on this port: the access log speaks http/protobuf to collector:4318, which speaks HTTP/2, as ' +
        'gRPC does.',
    ],
    [
      GRPC,
      { stage: 'greeting', greeting: 'tls' },
      'tls_expected',
      'collector:4317 speaks TLS, and the endpoint is one without.',
    ],
    [
      HTTP,
      send(401, 'Unauthorized', 'no org id'),
      'unauthorized',
      'collector:4318 answered 401: the tenant or the credentials are missing or wrong. It says: no org id',
    ],
    [
      HTTP,
      send(404, 'Not Found', '404 page\nnot found'),
      'path',
      'collector:4318 answered 404: there is no OTLP receiver for logs at /v1/logs. It says: 404 page not found',
    ],
    [
      HTTP,
      send(404, 'Not Found', '\x12\x06no way'),
      'path',
      'collector:4318 answered 404: there is no OTLP receiver for logs at /v1/logs. It says: no way',
    ],
    [
      HTTP,
      send(404, 'Not Found', `\x08\x05\x12\ufffd\x01${'x'.repeat(128)}`),
      'path',
      `collector:4318 answered 404: there is no OTLP receiver for logs at /v1/logs. It says: ${'x'.repeat(128)}`,
    ],
    [
      HTTP,
      send(301, 'Moved'),
      'redirect',
      'collector:4318 answered 301, a redirect, which OTLP does not follow.',
    ],
    [HTTP, send(413), 'too_large', 'collector:4318 answered 413: the export is too large for it.'],
    [HTTP, send(415), 'content_type', 'collector:4318 answered 415: it does not take protobuf.'],
    [HTTP, send(429), 'overloaded', 'collector:4318 answered 429: too much is sent to it.'],
    [
      HTTP,
      send(503),
      'unavailable',
      'collector:4318 answered 503: it, or a proxy before it, cannot take records now.',
    ],
    [HTTP, send(400), 'refused_record', 'collector:4318 answered 400: it refuses the record.'],
    [
      HTTP,
      send('HPE_INVALID_CONSTANT'),
      'wrong_protocol',
      'Wrong protocol on this port: the access log speaks http/protobuf to collector:4318, which answers in another.',
    ],
    [HTTP, send('ECONNRESET'), 'broken_off', 'collector:4318 breaks the connection off (ECONNRESET).'],
    [HTTP, send(undefined), 'timeout', 'collector:4318 is connected, but does not answer within 1.5 s.'],
    [
      GRPC,
      send(4, 'Deadline exceeded'),
      'timeout',
      'collector:4317 is connected, but does not answer within 1.5 s. It says: Deadline exceeded',
    ],
    [
      GRPC,
      send(16, 'no org id'),
      'unauthorized',
      'collector:4317 answered UNAUTHENTICATED: the tenant or the credentials are missing or wrong. It says: no org id',
    ],
    [
      GRPC,
      send(7),
      'unauthorized',
      'collector:4317 answered PERMISSION_DENIED: the tenant or the credentials are missing or wrong. It says: words',
    ],
    [
      GRPC,
      send(12, 'unknown service'),
      'unimplemented',
      'collector:4317 answered UNIMPLEMENTED: it speaks gRPC, but takes no logs. It says: unknown service',
    ],
    [GRPC, send(8), 'overloaded', 'collector:4317 answered RESOURCE_EXHAUSTED. It says: words'],
    [
      GRPC,
      send(14, 'memory limit'),
      'unavailable',
      'collector:4317 answered UNAVAILABLE: it cannot take records now. It says: memory limit',
    ],
    [
      GRPC,
      send(14, 'No connection established. Last error: read ECONNRESET'),
      'unavailable',
      'No gRPC connection to collector:4317. It says: No connection established. Last error: read ECONNRESET',
    ],
    [
      GRPC,
      send(14, 'the proxy squid:3128 answered 407 Proxy Authentication Required'),
      'unavailable',
      'No gRPC connection to collector:4317. It says: the proxy squid:3128 answered 407 Proxy Authentication Required',
    ],
    [GRPC, send(3), 'refused_record', 'collector:4317 refuses the record (gRPC status 3). It says: words'],
    [GRPC, send(13), 'grpc', 'collector:4317 failed (gRPC status 13). It says: words'],
    [
      GRPC,
      { stage: 'rejected', message: 'too old' },
      'partial_success',
      'The receiver answered, and rejected the record: too old',
    ],
  ];
  for (const [context, failure, reason, what] of rows) {
    test(`${failure.stage} ${'code' in failure ? failure.code : ''}: ${what.slice(0, 60)}`, () => {
      const finding = explainFailure(failure, context);
      assert.deepEqual({ ...finding, advice: [] }, { level: 'error', reason, what, advice: [] });
      assert.ok(finding.advice.length > 0, 'it says what to change');
    });
  }

  test('the advice names the variable that holds the value', () => {
    const named = { ...HTTP, endpointVariable: 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT' };
    assert.deepEqual(explainFailure({ stage: 'greeting', greeting: 'http/2' }, named).advice, [
      'Set OTEL_EXPORTER_OTLP_PROTOCOL=grpc',
      'or name the port for http/protobuf (usually 4318) in OTEL_EXPORTER_OTLP_LOGS_ENDPOINT.',
    ]);
  });

  test('with headers given, they are what is wrong; without, they are missing', () => {
    const missing = explainFailure(send(401), HTTP).advice.join();
    const wrong = explainFailure(send(401), {
      ...HTTP,
      headerVariables: ['ACCESS_LOG_OTLP_HEADERS_FILE'],
    }).advice.join();
    assert.match(missing, /^Give them as headers/);
    assert.match(wrong, /^Look at the values/);
  });
});

describe('what a port answers to a greeting', () => {
  const rows: readonly (readonly [name: string, bytes: Uint8Array, greeting: string])[] = [
    ['HTTP/1.1', Buffer.from('HTTP/1.1 405 Method Not Allowed\r\n'), 'http/1'],
    ['HTTP/1.0', Buffer.from('HTTP/1.0 400 Bad Request\r\n'), 'http/1'],
    ['a SETTINGS frame', Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]), 'http/2'],
    ['a SETTINGS frame with settings', Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 9]), 'http/2'],
    ['a TLS alert', Buffer.from([21, 3, 1, 0, 2, 2, 22]), 'tls'],
    ['a banner', Buffer.from('220 mail ESMTP\r\n'), 'other'],
    ['too little', Buffer.from([0, 0, 0, 4]), 'other'],
    ['nothing', Buffer.alloc(0), 'other'],
  ];
  for (const [name, bytes, greeting] of rows) {
    test(name, () => assert.equal(greetingOf(bytes), greeting));
  }
});

describe('a partial success, as the exporters tell it', () => {
  const rows: readonly (readonly [line: string, expected: ReturnType<typeof partialSuccessOf>])[] = [
    [
      'Received Partial Success response: {"rejectedLogRecords":1,"errorMessage":"too old"}',
      { rejected: 1, message: 'too old' },
    ],
    [
      'Received Partial Success response: {"rejectedLogRecords":"1"}',
      { rejected: 1, message: 'without a reason' },
    ],
    ['Received Partial Success response: {"errorMessage":"hm"}', { rejected: 0, message: 'hm' }],
    ['Received Partial Success response: {', undefined],
    ['something else', undefined],
  ];
  for (const [line, expected] of rows) {
    test(line, () => assert.deepEqual(partialSuccessOf(['before', line]), expected));
  }
});

describe('a refusal, as our own transport tells it', () => {
  const http = (status: number, statusText: string, body: string, headers = {}): Failure =>
    failureOf(
      httpRefusal(
        { status, statusText, headers, body: Buffer.from(body) },
        'http://c:4318/v1/logs',
        Secrets.none,
        0,
      ),
    );
  const grpc = (name: GrpcStatusName, details: string): Failure =>
    failureOf(grpcRefusal({ name, details, richStatus: undefined, wasReceived: true }, Secrets.none));
  const rows: readonly (readonly [name: string, given: Failure, expected: Failure])[] = [
    ['HTTP with words', http(401, 'Unauthorized', 'no org id'), send(401, '401 Unauthorized', 'no org id')],
    [
      'HTTP with a colon in them',
      http(400, 'Bad Request', 'a: b: c'),
      send(400, '400 Bad Request', 'a: b: c'),
    ],
    ['HTTP without words', http(503, 'Service Unavailable', ''), send(503, '503 Service Unavailable')],
    [
      'HTTP with a status message',
      http(404, 'Not Found', '\x12\x06no way', { 'content-type': 'application/x-protobuf' }),
      send(404, '404 Not Found', 'no way'),
    ],
    ['gRPC', grpc('UNAUTHENTICATED', 'no org id'), send(16, 'no org id')],
    ['gRPC without words', grpc('UNIMPLEMENTED', ''), send(12, '')],
    [
      'a code of Node',
      failureOf({ errorType: 'ECONNRESET', message: 'read ECONNRESET' }),
      send('ECONNRESET', 'read ECONNRESET'),
    ],
    ['a name of every object', failureOf({ errorType: 'toString', message: 'words' }), send('toString')],
  ];
  for (const [name, given, expected] of rows) {
    test(name, () => assert.deepEqual(given, expected));
  }

  test('files that cannot be used', () => {
    const { reason, what } = explainFailure(
      failureOf({ errorType: 'no_credentials', message: 'words' }),
      TLS,
    );
    assert.deepEqual(
      [reason, what],
      ['tls_files', 'A file of headers, certificates or the key cannot be used.'],
    );
  });
});
