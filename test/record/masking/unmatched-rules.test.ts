import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UnmatchedRules } from '../../../src/record/masking/unmatched-rules.ts';

const HOUR_MS = 3_600_000;

describe('UnmatchedRules', () => {
  test('a rule is named from an hour without a match on, until it matches', () => {
    const hits = new Map<string, number>([['query.a', 7]]);
    const rules = new UnmatchedRules((rule) => hits.get(rule) ?? 0);
    assert.deepEqual(rules.at(9 * HOUR_MS), []);
    rules.set(['query.a', 'card', 'query.b'], 0);
    assert.deepEqual(rules.at(HOUR_MS - 1), []);
    hits.set('card', 1);
    assert.deepEqual(rules.at(HOUR_MS), ['query.a', 'query.b'], 'matches of before do not count');
    hits.set('query.b', 1);
    assert.deepEqual(rules.at(HOUR_MS + 1), ['query.a']);
    assert.deepEqual(rules.at(2 * HOUR_MS), ['query.a', 'card']);
    assert.deepEqual(rules.at(2 * HOUR_MS + 1), ['query.a', 'card', 'query.b']);
  });

  test('other rules: those that stay keep their time', () => {
    const rules = new UnmatchedRules(() => 0);
    rules.set(['query.a', 'query.b'], 0);
    rules.set(['query.b', 'query.c'], HOUR_MS / 2);
    assert.deepEqual(rules.at(HOUR_MS), ['query.b']);
    assert.deepEqual(rules.at(1.5 * HOUR_MS), ['query.b', 'query.c']);
    rules.set([], 2 * HOUR_MS);
    assert.deepEqual(rules.at(9 * HOUR_MS), []);
  });
});
