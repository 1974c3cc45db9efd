// What is read of the head of a request that was rejected, and when.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { ObservedConnection } from '../../../src/http/http1/observed-connection.ts';
import { RejectedExchange } from '../../../src/http/http1/rejected-exchange.ts';
import { type RejectedHead, UnreadHead } from '../../../src/http/http1/rejected-head.ts';
import { noIds } from '../../../src/http/trace/trace-context.ts';
import { type AccessLogOptions, resolveOptions } from '../../../src/options/options.ts';
import { RecordClock } from '../../../src/record/clock.ts';
import { Recorder } from '../../../src/record/recorder.ts';
import { Sampler } from '../../../src/sampling/sampler.ts';
import { connection, originOf } from '../../record/support/exchange-factory.ts';
import { countingClock, SETTINGS } from '../../sampling/support/records.ts';

const HEAD = [
  'GET /orders/42?page=2 HTTP/1.1',
  'Host: shop.example:8080',
  'User-Agent: scanner/1.0',
  'X-Forwarded-For: 198.51.100.7',
  'Bad Header: x',
].join('\r\n');

/** One whose head counts how often it is read. */
function scene({ trustedProxies = [] }: AccessLogOptions = {}) {
  const options = resolveOptions({ trustedProxies }, {});
  const recorder = new Recorder(
    options,
    undefined,
    undefined,
    new RecordClock(
      () => 1000,
      () => 1000,
    ),
    (_hook, error) => assert.fail(String(error)),
  );
  const packet = Buffer.from(HEAD);
  const unread = new UnreadHead(packet, packet.byteLength);
  const asked: string[] = [];
  const head: RejectedHead = {
    method: unread.method,
    get target() {
      asked.push('target');
      return unread.target;
    },
    get httpVersion() {
      asked.push('httpVersion');
      return unread.httpVersion;
    },
    get headers() {
      asked.push('headers');
      return unread.headers;
    },
  };
  const exchange = new RejectedExchange(
    {
      connection: connection() as unknown as ObservedConnection,
      socket: new Socket(),
      error: { code: 'HPE_INVALID_HEADER_TOKEN' },
      head,
      headerNames: recorder.requestHeaderNames,
    },
    noIds,
    0,
  );
  return { recorder, exchange, asked };
}

describe('the head of a rejected request', () => {
  test('that is suppressed is not read, and is counted by its method', () => {
    const { recorder, exchange, asked } = scene();
    const sampler = new Sampler({ ...SETTINGS, rejectedRate: 0, rejectedBurst: 0 }, countingClock());
    exchange.end(5);
    // Of so many that are suppressed one is looked at, for its client.
    const verdicts = Array.from({ length: 100 }, () => sampler.decide(recorder.assess(exchange), 5));
    assert.deepEqual([...new Set(verdicts)], ['suppressed']);
    assert.deepEqual(
      sampler.suppressed.drain().map(({ method, statusClass, count }) => ({ method, statusClass, count })),
      [{ method: 'GET', statusClass: 'rejected', count: 100 }],
    );
    assert.deepEqual(asked, []);
  });

  test('that is kept is in its record', () => {
    const { recorder, exchange } = scene({ trustedProxies: ['203.0.113.0/24'] });
    exchange.end(5);
    const { attributes } = recorder.build(exchange, originOf('shop'));
    const names = [
      'http.request.method',
      'url.path',
      'url.query',
      'network.protocol.version',
      'server.address',
      'server.port',
      'user_agent.original',
      'client.address',
      'access_log.outcome',
      'error.type',
    ];
    assert.deepEqual(
      names.map((name) => attributes[name]),
      [
        'GET',
        '/orders/42',
        'page=2',
        '1.1',
        'shop.example',
        8080,
        'scanner/1.0',
        '198.51.100.7',
        'rejected',
        'HPE_INVALID_HEADER_TOKEN',
      ],
    );
  });

  test('that is no request at all has nothing', () => {
    const packet = Buffer.from('\x16\x03\x01\x02\x00\x01\x00', 'latin1');
    const { method, target, httpVersion, headers } = new UnreadHead(packet, 0);
    assert.deepEqual([method, target, httpVersion, headers], ['', '', '', {}]);
  });

  test('is copied: Node may use the memory of the packet again', () => {
    const packet = Buffer.from(HEAD);
    const head = new UnreadHead(packet, packet.byteLength);
    packet.fill(0);
    assert.deepEqual([head.target, head.headers.host], ['/orders/42?page=2', 'shop.example:8080']);
  });
});
