import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LongExchangeLimit } from '../../src/sampling/long-exchange-limit.ts';
import type { LeaveOutRules } from '../../src/sampling/sampler.ts';
import { ERROR, exchange, NORMAL } from './support/records.ts';

const RULES: LeaveOutRules = { minimumSeverity: 9, rollout: { kind: 'all' }, isIgnored: undefined };

test('at most 100 events a second; the next one says how many were omitted', () => {
  const limit = new LongExchangeLimit(RULES);
  const answers = Array.from({ length: 150 }, () => limit.admit(NORMAL, 1000));
  assert.deepEqual(answers, [...new Array(100).fill(0), ...new Array(50).fill(undefined)]);
  assert.equal(limit.admit(NORMAL, 1010), 50);
  assert.equal(limit.admit(NORMAL, 1010), undefined);
  assert.equal(limit.admit(NORMAL, 1020), 1);
  assert.equal(limit.admit(NORMAL, 1030), 0);
});

test('what the options leave out gives no event, takes no place and is not counted as omitted', () => {
  const limit = new LongExchangeLimit({
    minimumSeverity: 9,
    rollout: { kind: 'all' },
    isIgnored: (_method, path) => path === '/live',
  });
  const ignored = exchange({ path: '/live' });
  const debug = exchange({ severityNumber: 5 });
  for (let index = 0; index < 200; index += 1) {
    assert.equal(limit.admit(ignored, 1000), undefined);
    assert.equal(limit.admit(debug, 1000), undefined);
  }
  assert.equal(limit.admit(NORMAL, 1000), 0);
  assert.equal(limit.admit({ ...ERROR, path: '/live' }, 1000), 0);
});

test('an event that is lost counts as omitted, with what it carried', () => {
  const limit = new LongExchangeLimit(RULES);
  limit.giveBack(4);
  assert.equal(limit.admit(NORMAL, 1000), 5);
  assert.equal(limit.admit(NORMAL, 1000), 0);
});

test('another level and another ignore list take effect at once', () => {
  const limit = new LongExchangeLimit(RULES);
  const debug = exchange({ severityNumber: 5 });
  assert.equal(limit.admit(debug, 1000), undefined);
  limit.reconfigure({
    rollout: { kind: 'all' },
    minimumSeverity: 5,
    isIgnored: (_method, path) => path === '/live',
  });
  assert.equal(limit.admit(debug, 1000), 0);
  assert.equal(limit.admit(exchange({ path: '/live' }), 1000), undefined);
});

test('an exchange that the rollout leaves out gives no event, and in the shadow none does', () => {
  const outside = new LongExchangeLimit({ ...RULES, rollout: { kind: 'sampled' } });
  assert.equal(outside.admit(NORMAL, 0), undefined);
  assert.equal(outside.admit(exchange({ isSampled: true }), 0), 0);
  const shadow = new LongExchangeLimit({ ...RULES, rollout: { kind: 'shadow' } });
  assert.equal(shadow.admit(exchange({ severityNumber: 17, isError: true }), 0), undefined);
  assert.equal(shadow.admit(exchange({ isCanary: true }), 0), 0);
});
