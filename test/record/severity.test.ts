import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Exchange } from '../../src/http/exchange.ts';
import { compileRecordBuilder } from '../../src/record/record-builder.ts';
import { exchange, recordMaker, recordOptions } from './support/exchange-factory.ts';

const unanswered: Partial<Exchange> = {
  statusCode: undefined,
  timeToHeadersMs: undefined,
  responseBodySize: undefined,
};

describe('severity, error and slow', () => {
  const options = recordOptions({
    slowMs: 100,
    longPolls: ['GET /socket.io/**'],
    noise: ['/health', 'HEAD /orders/**', '/socket.io/noise'],
  });
  const builder = compileRecordBuilder(options);
  const make = recordMaker(options);
  const polled = { target: '/socket.io/?EIO=4&transport=polling&sid=x' };
  const slowNoise = { timeToHeadersMs: 25_000 };
  type Expected = readonly [number: number, text: string, isError: boolean, isSlow: boolean];
  const cases: readonly [name: string, overrides: Partial<Exchange>, expected: Expected][] = [
    ['200', {}, [9, 'INFO', false, false]],
    ['101', { statusCode: 101, outcome: 'upgraded' }, [9, 'INFO', false, false]],
    ['a tunnel', { statusCode: 200, outcome: 'tunneled' }, [9, 'INFO', false, false]],
    ['399', { statusCode: 399 }, [9, 'INFO', false, false]],
    ['400', { statusCode: 400 }, [13, 'WARN', false, false]],
    ['499', { statusCode: 499 }, [13, 'WARN', false, false]],
    ['500', { statusCode: 500 }, [17, 'ERROR', true, false]],
    ['599', { statusCode: 599 }, [17, 'ERROR', true, false]],
    ['gRPC OK', { grpcStatus: 0 }, [9, 'INFO', false, false]],
    ['gRPC NOT_FOUND', { grpcStatus: 5 }, [9, 'INFO', false, false]],
    ['gRPC INTERNAL', { grpcStatus: 13 }, [17, 'ERROR', true, false]],
    ['gRPC UNAVAILABLE', { grpcStatus: 14 }, [17, 'ERROR', true, false]],
    ['a gRPC status that is in no table', { grpcStatus: 99 }, [9, 'INFO', false, false]],
    ['completed without status', unanswered, [9, 'INFO', false, false]],
    ['aborted', { ...unanswered, outcome: 'aborted' }, [13, 'WARN', false, false]],
    ['aborted after 200', { outcome: 'aborted' }, [13, 'WARN', false, false]],
    ['aborted after 500', { outcome: 'aborted', statusCode: 500 }, [17, 'ERROR', true, false]],
    ['rejected', { statusCode: 431, outcome: 'rejected' }, [13, 'WARN', false, false]],
    ['rejected without answer', { ...unanswered, outcome: 'rejected' }, [13, 'WARN', false, false]],
    ['timeout', { ...unanswered, outcome: 'timeout' }, [17, 'ERROR', true, false]],
    ['timeout with 408', { statusCode: 408, outcome: 'timeout' }, [17, 'ERROR', true, false]],
    ['crashed', { ...unanswered, outcome: 'crashed' }, [21, 'FATAL', true, false]],
    ['crashed after 500', { statusCode: 500, outcome: 'crashed' }, [21, 'FATAL', true, false]],
    ['head in 100 ms', { timeToHeadersMs: 100, durationMs: 100 }, [9, 'INFO', false, false]],
    ['head in 100.1 ms', { timeToHeadersMs: 100.1, durationMs: 101 }, [13, 'WARN', false, true]],
    ['long stream', { timeToHeadersMs: 1, durationMs: 60_000 }, [9, 'INFO', false, false]],
    ['a long poll', { ...polled, timeToHeadersMs: 25_000 }, [9, 'INFO', false, false]],
    ['a long poll that is noise', { ...slowNoise, target: '/socket.io/noise' }, [5, 'DEBUG', false, false]],
    [
      'what a long poll sends',
      { ...polled, method: 'POST', timeToHeadersMs: 101 },
      [13, 'WARN', false, true],
    ],
    ['a long poll that fails', { ...polled, statusCode: 502 }, [17, 'ERROR', true, false]],
    [
      'a long poll whose client leaves',
      { ...polled, ...unanswered, outcome: 'aborted', durationMs: 25_000 },
      [13, 'WARN', false, false],
    ],
    ['slow 500', { statusCode: 500, timeToHeadersMs: 101 }, [17, 'ERROR', true, true]],
    [
      'aborted after a long wait',
      { ...unanswered, outcome: 'aborted', durationMs: 101 },
      [13, 'WARN', false, true],
    ],
    ['noise', { target: '/health?x=1' }, [5, 'DEBUG', false, false]],
    ['noise in absolute-form', { target: 'http://a/health' }, [5, 'DEBUG', false, false]],
    ['noise with another method', { method: 'POST', target: '/health' }, [5, 'DEBUG', false, false]],
    ['noise of one method', { method: 'HEAD' }, [5, 'DEBUG', false, false]],
    ['noise that fails', { target: '/health', statusCode: 503 }, [17, 'ERROR', true, false]],
    ['noise that is not found', { target: '/health', statusCode: 404 }, [13, 'WARN', false, false]],
    ['noise that is slow', { target: '/health', timeToHeadersMs: 101 }, [13, 'WARN', false, true]],
  ];
  for (const [name, overrides, expected] of cases) {
    test(`${name}: ${expected.join(' ')}`, () => {
      const ended = exchange(overrides);
      const { severityNumber, isError, isSlow } = builder.assess(ended);
      const record = make(ended);
      assert.deepEqual([severityNumber, record.severityText, isError, isSlow], expected);
      assert.equal(record.severityNumber, severityNumber);
    });
  }
});

describe('assess', () => {
  test('has what sampling must know', () => {
    const { assess } = compileRecordBuilder(recordOptions());
    const { method, path, route, statusCode, outcome, severityNumber, isError, isSlow } = assess(
      exchange({
        method: 'POST',
        target: '/orders?a=1',
        statusCode: 503,
        outcome: 'aborted',
        timeToHeadersMs: 2000,
      }),
    );
    assert.deepEqual(
      { method, path, route, statusCode, outcome, severityNumber, isError, isSlow },
      {
        method: 'POST',
        path: '/orders',
        route: '/orders/:id',
        statusCode: 503,
        outcome: 'aborted',
        severityNumber: 17,
        isError: true,
        isSlow: true,
      },
    );
  });

  test('fills one object, and every builder its own', () => {
    const one = compileRecordBuilder(recordOptions());
    const other = compileRecordBuilder(recordOptions());
    const first = one.assess(exchange({ target: '/a', statusCode: 500, route: '/r' }));
    const second = one.assess(exchange({ target: '/b', route: undefined }));
    assert.equal(first, second);
    assert.notEqual(first, other.assess(exchange()));
    assert.deepEqual(
      [first.path, first.statusCode, first.isError, first.route],
      ['/b', 200, false, undefined],
    );
  });
});
