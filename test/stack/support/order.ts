// One request of which the client knows everything, and its line as Loki should have it.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TestOwner } from '../../support/owner.ts';
import { RawClient, requestText } from '../../support/raw-client.ts';
import { inRepo } from '../../support/repo-root.ts';
import type { LogLine } from './loki-client.ts';
import type { Service } from './suite.ts';

const VERSION: unknown = JSON.parse(readFileSync(inRepo('package.json'), 'utf8')).version;

/** Of a service that `sendOrder` is to be used with. */
export const ORDER_ENV: Readonly<Record<string, string>> = {
  OTEL_RESOURCE_ATTRIBUTES:
    'service.namespace=store,deployment.environment.name=test,service.version=1.2.3,host.name=web-1',
};

/** A line without its time, with what no client can know replaced by what kind of thing it is. */
export type ComparableLine = Omit<LogLine, 'timestamp' | 'parsed'>;

export interface Order {
  /** Of the `traceparent` that was sent. */
  readonly traceId: string;
  readonly expected: ComparableLine;
}

/** Sends `GET /orders/42` within a trace and waits for the response. */
export async function sendOrder(owner: TestOwner, service: Service): Promise<Order> {
  const traceId = randomBytes(16).toString('hex');
  const client = await RawClient.connect(owner, { port: service.port });
  const headers = {
    Host: 'shop.example:8080',
    'User-Agent': 'test/1.0',
    traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
  };
  const request = requestText('/orders/42?page=2&access_token=hunter2', { headers });
  await client.send(request);
  const [response] = await client.responses(1);
  const bodySize = response?.body.length;
  return {
    traceId,
    expected: {
      line: `GET /orders/42 200 ${bodySize}B <ms>`,
      labels: {
        deployment_environment_name: 'test',
        service_name: service.name,
        service_namespace: 'store',
      },
      metadata: {
        access_log_client_address_source: 'socket',
        access_log_outcome: 'completed',
        access_log_time_to_headers: '<seconds>',
        client_address: '127.0.0.1',
        // Loki's own, of the severity.
        detected_level: 'info',
        flags: '1',
        host_name: 'web-1',
        http_request_body_size: '0',
        http_request_method: 'GET',
        http_request_size: String(request.length),
        http_response_body_size: String(bodySize),
        http_response_size: String(client.received.length),
        http_response_status_code: '200',
        http_route: '/orders/:id',
        http_server_request_duration: '<seconds>',
        network_peer_address: '127.0.0.1',
        network_peer_port: String(client.localPort),
        network_protocol_version: '1.1',
        observed_timestamp: '<the timestamp>',
        scope_name: 'otel-access-log',
        scope_version: String(VERSION),
        server_address: 'shop.example',
        server_port: '8080',
        service_version: '1.2.3',
        severity_number: '9',
        severity_text: 'INFO',
        span_id: '<a new id>',
        trace_id: traceId,
        url_path: '/orders/42',
        url_query: 'page=2&access_token=REDACTED',
        url_scheme: 'http',
        user_agent_original: 'test/1.0',
      },
    },
  };
}

/** What is not of its kind stays as it is, and shows in the comparison. */
export function comparable({ timestamp, line, labels, metadata }: LogLine): ComparableLine {
  const replace = (name: string, kind: string, isOfKind: (text: string) => boolean) => {
    const text = metadata[name];
    return text !== undefined && isOfKind(text) ? { [name]: kind } : {};
  };
  const isDuration = (text: string): boolean => /^0\.\d{1,9}$/.test(text);
  return {
    line: line.replace(/ \d+\.\d+ms$/, ' <ms>'),
    labels,
    metadata: {
      ...metadata,
      ...replace('access_log_time_to_headers', '<seconds>', isDuration),
      ...replace('http_server_request_duration', '<seconds>', isDuration),
      ...replace('observed_timestamp', '<the timestamp>', (text) => text === String(timestamp)),
      ...replace(
        'span_id',
        '<a new id>',
        (text) => /^[\da-f]{16}$/.test(text) && text !== '00f067aa0ba902b7',
      ),
    },
  };
}
