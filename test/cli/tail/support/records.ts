import type { ReceivedRecord } from '../../../../src/cli/receiver/otlp-record.ts';

const EXCHANGE = {
  'http.request.method': 'GET',
  'url.path': '/orders/42',
  'http.route': '/orders/:id',
  'http.response.status_code': 200,
  'http.server.request.duration': 0.0124,
  'client.address': '203.0.113.7',
  'access_log.outcome': 'completed',
};

/** A record with these attributes only. */
export function record(attributes: Readonly<Record<string, unknown>>, service = 'shop'): ReceivedRecord {
  return {
    timeUnixNano: 1_795_442_587_123_456_789n,
    observedTimeUnixNano: 1_795_442_587_200_000_000n,
    severityNumber: 9,
    severityText: 'INFO',
    body: 'a body',
    eventName: 'access_log.request',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    flags: 1,
    attributes,
    resource: { 'service.name': service },
    scope: { name: 'otel-access-log', version: '0.1.0' },
  };
}

/** The record of `GET /orders/42`, answered with 200 after 12.4 ms, or what is given instead. */
export function exchange(
  attributes: Readonly<Record<string, unknown>> = {},
  service = 'shop',
): ReceivedRecord {
  const entries = Object.entries({ ...EXCHANGE, ...attributes }).filter(([, value]) => value !== undefined);
  return record(Object.fromEntries(entries), service);
}
