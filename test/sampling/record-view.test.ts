import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { TokenBucketLogRecordProcessor } from '../../src/sampling/token-bucket-log-record-processor.ts';
import { NotingProcessor, OF_ORDERS } from './support/records.ts';

const CUT_QUERY = ['url.query'];
const CUT_PATH = [...CUT_QUERY, 'url.path'];

describe('how a record is looked at', () => {
  const kept = { kept: 1, suppressed: 0, ignored: 0 };
  const ignored = { kept: 0, suppressed: 0, ignored: 1 };
  const suppressed = { kept: 0, suppressed: 1, ignored: 0 };
  const normalBucketIsEmpty = { rate: 0, burst: 1, errorRate: 0, errorBurst: 1 };

  for (const [what, options, attributes, severityNumber, expected] of [
    ['5xx draws from the reserve', normalBucketIsEmpty, { 'http.response.status_code': 503 }, 17, kept],
    ['a timeout draws from the reserve', normalBucketIsEmpty, { 'access_log.outcome': 'timeout' }, 17, kept],
    ['a crash draws from the reserve', normalBucketIsEmpty, { 'access_log.outcome': 'crashed' }, 21, kept],
    ['an abort does not', normalBucketIsEmpty, { 'access_log.outcome': 'aborted' }, 13, suppressed],
    ['4xx does not', normalBucketIsEmpty, { 'http.response.status_code': 404 }, 13, suppressed],
    [
      'slow to the head draws from it',
      normalBucketIsEmpty,
      { 'access_log.time_to_headers': 1.001 },
      13,
      kept,
    ],
    ['slowMs itself is not slow', normalBucketIsEmpty, { 'access_log.time_to_headers': 1 }, 9, suppressed],
    [
      'a long stream is not slow',
      normalBucketIsEmpty,
      { 'access_log.time_to_headers': 0.1, 'http.server.request.duration': 60 },
      9,
      suppressed,
    ],
    [
      'a long poll is not slow',
      { ...normalBucketIsEmpty, longPolls: ['GET /orders/*'] },
      { 'access_log.time_to_headers': 25 },
      9,
      suppressed,
    ],
    [
      'without a head the whole duration counts',
      normalBucketIsEmpty,
      { 'http.server.request.duration': 60 },
      13,
      kept,
    ],
    ['the ignore list', { ignore: ['GET /orders/*'] }, {}, 9, ignored],
    [
      'the ignore list sees the method as received',
      { ignore: ['PROPFIND /**'] },
      { 'http.request.method': '_OTHER', 'http.request.method_original': 'PROPFIND' },
      9,
      ignored,
    ],
    [
      'the ignore list spares errors',
      { ignore: ['/orders/*'] },
      { 'http.response.status_code': 500 },
      17,
      kept,
    ],
    [
      'the ignore list spares what leaves its paths',
      { ignore: ['/orders/**'] },
      { 'url.path': '/orders/../admin' },
      9,
      kept,
    ],
    [
      'the ignore list spares a path that was cut',
      { ignore: ['/orders/**'] },
      { 'url.path': '/orders/x', 'access_log.truncated': CUT_PATH },
      9,
      kept,
    ],
    [
      'the ignore list does not care about what else was cut',
      { ignore: ['/orders/**'] },
      { 'access_log.truncated': CUT_QUERY },
      9,
      ignored,
    ],
    ['the minimum level', { level: 'warn' }, {}, 9, ignored],
    ['the minimum level itself', { level: 'warn' }, {}, 13, kept],
    ['attributes of a strange kind', {}, { 'http.response.status_code': '500', 'url.path': 7 }, 9, kept],
  ] as const) {
    test(what, () => {
      const processor = new TokenBucketLogRecordProcessor({ ...options }, new NotingProcessor());
      const logger = new LoggerProvider({ processors: [processor] }).getLogger('any');
      const isEmptied = 'rate' in options;
      if (isEmptied) logger.emit({ eventName: 'access_log.request', attributes: OF_ORDERS });
      logger.emit({
        eventName: 'access_log.request',
        severityNumber,
        attributes: { ...OF_ORDERS, ...attributes },
      });
      const { kept: allKept, ...others } = processor.totals();
      assert.deepEqual(
        { ...others, kept: allKept - (isEmptied ? 1 : 0) },
        { served: isEmptied ? 2 : 1, ...expected },
      );
    });
  }
});
