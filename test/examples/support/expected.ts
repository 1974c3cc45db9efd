import assert from 'node:assert/strict';
import type { ShownRecord } from './shown-record.ts';

export interface ExpectedRecord {
  readonly service: string;
  readonly path: string;
  /** Absent where the framework tells nobody. */
  readonly route?: string;
  readonly bodySize: number;
  /** With the head, as Node and the framework write it to a client such as curl. */
  readonly responseSize: number;
  readonly scheme?: 'http' | 'https';
  /** Default: that of a new trace. */
  readonly traceId?: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** The whole record of a GET that was answered by 200, masked. */
export function expectedRecord(expected: ExpectedRecord): ShownRecord {
  const {
    service,
    path,
    route,
    bodySize,
    responseSize,
    scheme = 'http',
    traceId = '<trace>',
    more,
  } = expected;
  return {
    eventName: 'access_log.request',
    severityNumber: 9,
    severityText: 'INFO',
    body: `GET ${path} 200 ${bodySize}B <time>`,
    traceId,
    spanId: '<span>',
    traceFlags: 1,
    attributes: {
      'http.request.method': 'GET',
      'url.path': path,
      'url.scheme': scheme,
      'client.address': '127.0.0.1',
      'access_log.client_address.source': 'socket',
      'network.peer.address': '127.0.0.1',
      'network.peer.port': '<peer port>',
      'server.address': 'localhost',
      'server.port': '<port>',
      'network.protocol.version': '1.1',
      'user_agent.original': 'curl/7.88.1',
      ...(route === undefined ? {} : { 'http.route': route }),
      'http.request.body.size': 0,
      'http.request.size': '<request size>',
      'http.response.status_code': 200,
      'http.response.body.size': bodySize,
      'http.response.size': responseSize,
      'http.server.request.duration': '<seconds>',
      'access_log.time_to_headers': '<seconds>',
      'access_log.outcome': 'completed',
      ...more,
    },
    resource: { 'service.name': service },
    scope: { name: 'otel-access-log', version: '<version>' },
  };
}

/** The record is as expected, and the README shows the same; for its layout see test/docs/example-records.test.ts. */
export function assertShown(record: ShownRecord, readme: ShownRecord, expected: ShownRecord): void {
  assert.deepEqual({ ...record, resource: serviceOf(record) }, expected);
  const { resource: _resource, scope: _scope, ...withoutSource } = expected;
  if (readme.resource === undefined) {
    assert.deepEqual(readme, withoutSource, 'the README shows it');
    return;
  }
  assert.deepEqual({ ...readme, resource: serviceOf(readme) }, expected, 'the README shows it');
}

/** The part of the resource that does not tell of host and process. */
function serviceOf({ resource }: ShownRecord): object {
  return { 'service.name': resource?.['service.name'] };
}
