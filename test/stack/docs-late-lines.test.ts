// What docs/why-are-my-records-missing.md says of lines that come late.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stack } from './support/stack.ts';
import { describeStack } from './support/suite.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Resolves to Loki's status, and what it says. */
async function push(stack: Stack, service: string, timeMs: number): Promise<string> {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
  const record = { timeUnixNano: `${timeMs}000000`, body: { stringValue: 'a line' } };
  const answer = await fetch(`${stack.lokiUrl}/otlp/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'X-Scope-OrgID': stack.tenant },
    body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] }),
  });
  return `${answer.status} ${await answer.text()}`;
}

describeStack('lines that come late', (stack) => {
  test('more than an hour behind the newest of their stream they are refused', async () => {
    const now = Date.now();
    assert.match(await push(stack(), 'late', now), /^204 /);
    assert.match(await push(stack(), 'late', now - 59 * MINUTE_MS), /^204 /);
    assert.match(await push(stack(), 'late', now - 2 * HOUR_MS), /^400 .*entry too far behind/s);
    assert.match(await push(stack(), 'another stream', now - 2 * HOUR_MS), /^204 /);
  });

  test('and older than a week in any stream', async () => {
    assert.match(await push(stack(), 'old', Date.now() - 6 * DAY_MS), /^204 /);
    assert.match(await push(stack(), 'old', Date.now() - 8 * DAY_MS), /^400 .*timestamp too old/s);
  });
});
