import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { selfSigned } from '../../support/certificates.ts';
import { isDocumented } from './documented-listeners.ts';
import { comparedOf, expectedOf } from './expected-record.ts';
import type { ListenerCounts } from './listener-counts.ts';
import type { Played } from './play.ts';
import { playBare, playRecorded, type Recorded, type RunOptions } from './run.ts';
import type { Scenario, Transport } from './scenario.ts';
import { SCENARIOS } from './scenarios/scenarios.ts';

export interface Lane {
  /** Path of the Node that plays the scenarios. */
  readonly node: string;
  /** Its major version. */
  readonly major: number;
}

/** Holds the records of every scenario against the bytes on the wire, and both runs against each other. */
export function describeConformance(name: string, laneOf: () => Promise<Lane>): void {
  for (const transport of ['plain', 'TLS'] as const) {
    describe(`${name}, ${transport}`, () => {
      test('every scenario', (t) => compareAll(t, laneOf, transport, false));
      test('every scenario, where contexts are managed', (t) => compareAll(t, laneOf, transport, true));
    });
  }
}

async function compareAll(
  t: TestContext,
  laneOf: () => Promise<Lane>,
  transport: Transport,
  hasContexts: boolean,
): Promise<void> {
  const { node, major } = await laneOf();
  const tls = transport === 'TLS' ? await selfSigned() : undefined;
  const env = { CONFORMANCE_CERT: tls?.cert, CONFORMANCE_KEY: tls?.key };
  const options: RunOptions = { node, fixture: 'play-scenarios.js', env, hasContexts };
  const [bare, recorded] = await Promise.all([
    playBare<Played>(t, options),
    playRecorded<Played>(t, options),
  ]);
  const scenarios = SCENARIOS.filter(
    ({ only, since = 0 }) => (only === undefined || only === transport) && since <= major,
  );
  assert.deepEqual(
    recorded.played.map(({ name }) => name),
    scenarios.map(({ name }) => name),
  );
  let count = 0;
  for (const [index, scenario] of scenarios.entries()) {
    const played = recorded.played[index];
    const without = bare[index];
    assert.ok(played !== undefined && without !== undefined);
    count += recorded.recordsOf(played).length;
    await t.test(scenario.name, async (row) => {
      await row.test('records', () => compareRecords(scenario, recorded, played, major, transport));
      await row.test('behaviour', () => compareBehaviour(scenario, played, without, hasContexts));
    });
  }
  assert.equal(recorded.recordCount, count, 'no record beside those of the scenarios');
  assert.equal(recorded.stderr, '');
}

function compareRecords(
  scenario: Scenario,
  recorded: Recorded<Played>,
  played: Played,
  major: number,
  transport: Transport,
): void {
  const received = Buffer.from(played.received, 'base64');
  const records = recorded.recordsOf(played).map(comparedOf);
  assert.deepEqual(records, expectedOf(scenario, received, major, transport, records));
}

function compareBehaviour(scenario: Scenario, played: Played, without: Played, hasContexts: boolean): void {
  assert.equal(text(played), text(without), 'bytes that the client received');
  assert.deepEqual(
    eventsOf(scenario, played),
    eventsOf(scenario, without),
    'events that the application observed',
  );
  compareListeners(played.listeners, without.listeners, hasContexts);
}

function eventsOf({ drainsVary }: Scenario, { events }: Played): readonly string[] {
  if (drainsVary !== true) return events;
  return events.filter((event, index) => !event.endsWith(' drain') || events.indexOf(event) === index);
}

/** The package adds what the documents name, and nothing else. */
export function compareListeners(
  played: ListenerCounts['counts'],
  without: ListenerCounts['counts'],
  hasContexts: boolean,
): void {
  assert.deepEqual(Object.keys(played), Object.keys(without));
  for (const [where, counts] of Object.entries(played)) {
    const names = new Set([...Object.keys(counts), ...Object.keys(without[where] ?? {})]);
    const changes = [...names].flatMap((name) => {
      const change = (counts[name] ?? 0) - (without[where]?.[name] ?? 0);
      return change === 0 || isDocumented(where, name, change, hasContexts) ? [] : [`${name}: ${change}`];
    });
    assert.deepEqual(changes, [], `listeners and properties, ${where}`);
  }
}

function text({ received }: Played): string {
  return Buffer.from(received, 'base64').toString('latin1');
}
