// The lines that Loki should have of the traffic of outcomes.ts.
import { readFileSync } from 'node:fs';
import { inRepo } from '../../support/repo-root.ts';
import type { Texts } from './outcome-line.ts';
import { type Ports, TRACES } from './outcomes.ts';

const VERSION: unknown = JSON.parse(readFileSync(inRepo('package.json'), 'utf8')).version;

/** Records of the exchanges that end before the process does. */
export const BEFORE_THE_END = 14;

const SEVERITIES = { info: 'INFO 9', warn: 'WARN 13', error: 'ERROR 17', fatal: 'FATAL 21' } as const;

type Level = keyof typeof SEVERITIES;

function severityOf(level: Level): Texts {
  const [text = '', number = ''] = SEVERITIES[level].split(' ');
  return { detected_level: level, severity_text: text, severity_number: number };
}

const EVERY: Texts = {
  observed_timestamp: '<varying>',
  scope_name: 'otel-access-log',
  scope_version: String(VERSION),
};
const IDS: Texts = { span_id: '<varying>', flags: '1' };

/** @param attributes those that not every record of HTTP/1 has, or has with another value */
function record(line: string, outcome: string, level: Level, attributes: Texts): Texts {
  return {
    line,
    ...EVERY,
    ...IDS,
    ...severityOf(level),
    access_log_client_address_source: 'socket',
    access_log_outcome: outcome,
    client_address: '127.0.0.1',
    http_request_method: 'GET',
    http_server_request_duration: '<varying>',
    network_peer_address: '127.0.0.1',
    network_peer_port: '<varying>',
    url_scheme: 'http',
    ...attributes,
  };
}

const HOST: Texts = { server_address: 'test.example', server_port: '80' };
const STORE: Texts = { server_address: 'store.example', server_port: '443', http_request_method: 'CONNECT' };
const HTTP1: Texts = { network_protocol_version: '1.1' };
const REQUEST: Texts = { ...HTTP1, ...HOST, http_request_body_size: '0', http_request_size: '<size>' };
const HEAD: Texts = { access_log_time_to_headers: '<varying>' };

function response(status: string, bodySize: number, size?: number): Texts {
  return {
    http_response_status_code: status,
    http_response_body_size: String(bodySize),
    ...(size === undefined ? {} : { http_response_size: String(size) }),
  };
}

function traced(of: keyof typeof TRACES): Texts {
  return { trace_id: TRACES[of] };
}

function event(name: string, line: string, attributes: Texts): Texts {
  return { line, ...EVERY, ...severityOf('info'), access_log_event: name, ...attributes };
}

function totals(served: number): Texts {
  return {
    access_log_process_id: '<varying>',
    access_log_mode: 'normal',
    access_log_total_served: String(served),
    access_log_total_kept: String(served),
    access_log_total_ignored: '0',
    access_log_total_suppressed: '0',
    access_log_total_lost: '0',
    access_log_total_delivered: '<varying>',
    access_log_total_pending: '<varying>',
  };
}

const SO_FAR: Texts = {
  ...IDS,
  ...traced('events'),
  ...response('200', 11),
  client_address: '127.0.0.1',
  http_request_body_size: '0',
  http_request_method: 'GET',
  http_server_request_duration: '<varying>',
  url_path: '/events',
};
const DROPPED: Texts = { access_log_total_dropped_connections: '1' };

/** By their keys: see `keyOf`. */
export function expectedLines(ports: Ports): ReadonlyMap<string, Texts> {
  const onPort = (port: number): Texts => ({ server_address: '127.0.0.1', server_port: String(port) });
  const http2: Texts = {
    network_protocol_version: '2',
    ...onPort(ports.http2),
    http_request_body_size: '0',
    ...HEAD,
  };
  return new Map<string, Texts>([
    [
      'completed',
      record('GET /completed 200 5B', 'completed', 'info', {
        ...REQUEST,
        ...HEAD,
        ...traced('completed'),
        ...response('200', 5, 127),
        url_path: '/completed',
      }),
    ],
    [
      'aborted',
      record('GET /aborted 200 aborted 4B', 'aborted', 'warn', {
        ...REQUEST,
        ...HEAD,
        ...traced('aborted'),
        ...response('200', 4),
        error_type: 'ECONNRESET',
        url_path: '/aborted',
      }),
    ],
    [
      'timeout',
      record('GET /timeout - timeout', 'timeout', 'error', {
        ...REQUEST,
        ...traced('timeout'),
        error_type: 'timeout',
        url_path: '/timeout',
      }),
    ],
    [
      'raw',
      record('GET /raw 503 4B', 'completed', 'error', {
        ...REQUEST,
        ...traced('raw'),
        ...response('503', 4, 44),
        error_type: '503',
        url_path: '/raw',
      }),
    ],
    [
      'upgraded',
      record('GET /upgraded 101 upgraded 5B', 'upgraded', 'info', {
        ...HTTP1,
        ...HOST,
        ...HEAD,
        ...traced('upgraded'),
        ...response('101', 5, 77),
        http_request_body_size: '5',
        url_path: '/upgraded',
      }),
    ],
    [
      'tunneled',
      record('CONNECT store.example:443 200 tunneled 5B', 'tunneled', 'info', {
        ...HTTP1,
        ...STORE,
        ...HEAD,
        ...traced('tunneled'),
        ...response('200', 5, 31),
        http_request_body_size: '5',
      }),
    ],
    [
      'malformed',
      record('GET /malformed 400 rejected 0B', 'rejected', 'warn', {
        ...HTTP1,
        ...HOST,
        ...traced('malformed'),
        ...response('400', 0, 47),
        error_type: 'HPE_INVALID_HEADER_TOKEN',
        url_path: '/malformed',
      }),
    ],
    [
      'overflow',
      record('GET /overflow 431 rejected 0B', 'rejected', 'warn', {
        ...HTTP1,
        ...HOST,
        ...traced('overflow'),
        ...response('431', 0, 67),
        error_type: 'HPE_HEADER_OVERFLOW',
        url_path: '/overflow',
      }),
    ],
    [
      'unheard',
      record('CONNECT - - rejected', 'rejected', 'warn', {
        ...HTTP1,
        ...STORE,
        ...traced('unheard'),
        error_type: 'rejected',
      }),
    ],
    [
      'ERR_HTTP_REQUEST_TIMEOUT',
      record('_OTHER - 408 rejected 0B', 'rejected', 'warn', {
        ...onPort(ports.strict),
        ...response('408', 0, 51),
        error_type: 'ERR_HTTP_REQUEST_TIMEOUT',
        http_request_method: '_OTHER',
        trace_id: '<a new id>',
      }),
    ],
    [
      'ERR_SSL_HTTP_REQUEST',
      record('_OTHER - - rejected', 'rejected', 'warn', {
        ...onPort(ports.tls),
        error_type: 'ERR_SSL_HTTP_REQUEST',
        http_request_method: '_OTHER',
        trace_id: '<a new id>',
        url_scheme: 'https',
      }),
    ],
    [
      'http2',
      record('GET /http2/completed 200 4B', 'completed', 'info', {
        ...http2,
        ...traced('http2'),
        ...response('200', 4),
        url_path: '/http2/completed',
      }),
    ],
    [
      'reset',
      record('GET /http2/reset 200 aborted 4B', 'aborted', 'warn', {
        ...http2,
        ...traced('reset'),
        ...response('200', 4),
        error_type: 'NGHTTP2_CANCEL',
        url_path: '/http2/reset',
      }),
    ],
    [
      'grpc',
      record('POST /test.Orders/Get 200 0B', 'completed', 'info', {
        ...http2,
        ...onPort(ports.grpc),
        ...traced('grpc'),
        ...response('200', 0),
        // A message has five bytes before it.
        http_request_body_size: '12',
        http_request_method: 'POST',
        rpc_status_code: 'NOT_FOUND',
        url_path: '/test.Orders/Get',
        user_agent_original: grpcUserAgent(),
      }),
    ],
    ['started', event('started', 'started GET /events 200 11B', SO_FAR)],
    ['progress', event('progress', 'progress GET /events 200 11B', SO_FAR)],
    [
      'events',
      record('GET /events 200 aborted 11B', 'aborted', 'warn', {
        ...REQUEST,
        ...HEAD,
        ...traced('events'),
        ...response('200', 11),
        error_type: 'SIGTERM',
        url_path: '/events',
      }),
    ],
    [
      'crashed',
      record('GET /crashed - crashed', 'crashed', 'fatal', {
        ...REQUEST,
        ...traced('crashed'),
        error_type: 'OrderError',
        exception_type: 'OrderError',
        url_path: '/crashed',
      }),
    ],
    // Before the exchanges that are still open are ended, and after it.
    ['heartbeat', event('heartbeat', 'heartbeat', { ...totals(BEFORE_THE_END), ...DROPPED })],
    [
      'last heartbeat',
      event('heartbeat', 'heartbeat', {
        ...totals(BEFORE_THE_END + 1),
        ...DROPPED,
        access_log_final: 'true',
      }),
    ],
    [
      'last heartbeat of the crash',
      event('heartbeat', 'heartbeat', { ...totals(1), access_log_final: 'true' }),
    ],
  ]);
}

function grpcUserAgent(): string {
  const { version } = JSON.parse(readFileSync(inRepo('node_modules/@grpc/grpc-js/package.json'), 'utf8'));
  return `grpc-node-js/${version}`;
}
