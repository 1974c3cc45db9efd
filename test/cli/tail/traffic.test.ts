import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { summaryLine, totalText } from '../../../src/cli/tail/summary-line.ts';
import { Traffic } from '../../../src/cli/tail/traffic.ts';
import { plainText } from '../../../src/render/line-cells.ts';
import { exchange, record } from './support/records.ts';

const ledger = (event: string, count: unknown) =>
  record({ 'access_log.event': event, 'access_log.count': count });

describe('traffic', () => {
  test('is counted: errors as the design says, and what services say they suppressed or lost', () => {
    const traffic = new Traffic(5000);
    for (const one of [
      exchange(),
      exchange({ 'http.response.status_code': 404, 'access_log.suppressed_before': 3 }),
      exchange({ 'http.response.status_code': 500 }),
      exchange({ 'access_log.outcome': 'timeout' }),
      exchange({ 'access_log.outcome': 'aborted', 'http.response.status_code': undefined }),
      ledger('suppressed', 34),
      ledger('lost', 2),
      ledger('lost', -5),
      ledger('lost', 'many'),
      ledger('heartbeat', 7),
      record({}),
    ]) {
      traffic.add(one, 5100);
    }
    assert.deepEqual(traffic.summary(6000), {
      requestsPerSecond: 5,
      errorShare: 0.4,
      requests: 5,
      errors: 2,
      suppressed: 37,
      lost: 2,
    });
  });

  test('the rate is that of the last ten whole seconds', () => {
    const traffic = new Traffic(0);
    const rates: number[] = [];
    for (let second = 0; second < 30; second++) {
      const requests = second < 15 ? 10 : 0;
      for (let i = 0; i < requests; i++) traffic.add(exchange(), second * 1000 + i);
      rates.push(traffic.summary((second + 1) * 1000).requestsPerSecond);
    }
    assert.deepEqual(rates, [...Array(15).fill(10), 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0]);
    assert.equal(traffic.summary(30_000).errorShare, undefined);
  });

  test('is told in words', () => {
    const summary = {
      requestsPerSecond: 12.34,
      errorShare: 0.0001,
      requests: 10_000,
      errors: 1,
      suppressed: 37,
      lost: 0,
    };
    const none = { unreadable: 0, leftOut: 0 };
    const some = { unreadable: 2, leftOut: 3 };
    assert.equal(
      plainText(summaryLine(summary, none)),
      '12.3 requests/s  errors <0.1%  suppressed 37  lost 0',
    );
    assert.equal(
      plainText(summaryLine({ ...summary, requestsPerSecond: 20_000.4, errorShare: undefined }, some)),
      '20000 requests/s  errors -  suppressed 37  lost 0  unreadable 2  left out 3',
    );
    assert.equal(
      totalText(summary, some),
      'requests 10000, errors 1 (<0.1%), suppressed 37, lost 0, unreadable 2, left out 3',
    );
    assert.equal(
      totalText({ ...summary, requests: 0, errors: 0 }, none),
      'requests 0, errors 0, suppressed 37, lost 0',
    );
  });
});
