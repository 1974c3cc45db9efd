import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { expectedOfStream, type StreamScenario } from '../../http/http2/support/stream-scenario.ts';
import { STREAM_SCENARIOS } from '../../http/http2/support/stream-scenarios.ts';
import { compareListeners, type Lane } from './conformance.ts';
import { type Compared, comparedOf } from './expected-record.ts';
import type { PlayedStream } from './play-streams.ts';
import { playBare, playRecorded, type Recorded, type RunOptions } from './run.ts';

/** Holds the record of every scenario of HTTP/2 against what its client saw, and both runs against each other. */
export function describeStreamConformance(name: string, laneOf: () => Promise<Lane>): void {
  for (const transport of ['h2c', 'h2'] as const) {
    for (const hasContexts of [false, true]) {
      const where = hasContexts ? ', where contexts are managed' : '';
      describe(`${name}, ${transport}${where}`, () => {
        test('every scenario', async (t) => {
          const { node } = await laneOf();
          const env = { CONFORMANCE_TRANSPORT: transport };
          await compareAll(t, { node, fixture: 'play-streams.js', env, hasContexts });
        });
      });
    }
  }
}

async function compareAll(t: TestContext, options: RunOptions): Promise<void> {
  const [bare, recorded] = await Promise.all([
    playBare<PlayedStream>(t, options),
    playRecorded<PlayedStream>(t, options),
  ]);
  assert.equal(recorded.played.length, STREAM_SCENARIOS.length);
  for (const [index, scenario] of STREAM_SCENARIOS.entries()) {
    const played = recorded.played[index];
    const without = bare[index];
    assert.ok(played !== undefined && without !== undefined);
    await t.test(scenario.name, async (row) => {
      await row.test('records', () => compareRecord(scenario, recorded, played));
      await row.test('behaviour', () => {
        assert.deepEqual(played.byClient, without.byClient, 'what the client saw');
        assert.deepEqual(played.events, without.events, 'events that the application observed');
        compareListeners(played.listeners, without.listeners, options.hasContexts === true);
      });
    });
  }
  assert.equal(recorded.recordCount, STREAM_SCENARIOS.length, 'one record for each stream');
  assert.equal(recorded.stderr, '');
}

function compareRecord(
  scenario: StreamScenario,
  recorded: Recorded<PlayedStream>,
  played: PlayedStream,
): void {
  const { method, target, statusCode, outcome, errorCode, requestBodySize, responseBodySize } =
    expectedOfStream(scenario, played.byClient);
  const expected: Compared = {
    method,
    path: target.split('?')[0],
    outcome,
    errorType: errorCode ?? (outcome === 'completed' ? undefined : outcome),
    statusCode,
    requestBodySize,
    bodySize: responseBodySize,
    size: undefined,
  };
  assert.deepEqual(recorded.recordsOf(played).map(comparedOf), [expected]);
}
