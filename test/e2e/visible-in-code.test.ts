// What is wrong with an access log that is set up in code is seen without a diag logger: one line on standard error.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RawClient, requestText } from '../support/raw-client.ts';
import { startTestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp } from '../support/spawn-app.ts';

const APP = inRepo('test/e2e/fixtures/hooks-app.mjs');
const IN_CODE = inRepo('test/e2e/fixtures/wrong-in-code.mjs');
const NO_PROVIDER =
  /^otel-access-log: no record goes anywhere: there is no LoggerProvider that takes one; pass one with a LogRecordProcessor to setLoggerProvider\(\), or register it with the SDK \(logRecordProcessors\)\n$/;

interface Row {
  readonly what: string;
  readonly wrong: string;
  readonly line: RegExp;
  /** Records that reach the exporter, of three requests. */
  readonly records: number;
  readonly preloads?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

const rows: readonly Row[] = [
  { what: 'nothing is wrong', wrong: '', line: /^$/, records: 3 },
  {
    what: 'a hook that throws, without the secret that it quotes',
    wrong: 'attributes',
    line: /^otel-access-log: the attributes hook threw and is not called any more: RangeError: no plan for Bearer REDACTED at attributes [^\n]*wrong-in-code\.mjs:12:13\)\n$/,
    records: 3,
  },
  {
    what: 'a hook that answers with a promise',
    wrong: 'skip',
    line: /^otel-access-log: the skip hook threw and is not called any more: TypeError: expected an answer, got a promise at [^\n]*\n$/,
    records: 3,
  },
  { what: 'no LoggerProvider', wrong: 'provider', line: NO_PROVIDER, records: 0 },
  { what: 'a LoggerProvider without a processor', wrong: 'processors', line: NO_PROVIDER, records: 0 },
  {
    what: 'a processor behind the bucket that throws',
    wrong: 'processor',
    line: /^otel-access-log: the processor behind the token bucket failed: Error: broken at [^\n]*\n$/,
    records: 0,
  },
  {
    what: 'an unknown variable',
    wrong: '',
    line: /^otel-access-log: ACCESS_LOG_RATES: no such option, did you mean ACCESS_LOG_RATE\? \(from the environment\); ignored\n$/,
    records: 3,
    env: { ACCESS_LOG_RATES: '5' },
  },
  {
    what: 'an instrumentation beside register, which goes on recording',
    wrong: '',
    line: /^otel-access-log: otel-access-log\/register [\d.]+ observes this process already; this copy does nothing\n$/,
    records: 0,
    preloads: ['--import', 'otel-access-log/register'],
  },
];

describe('set up in code', { concurrency: 2 }, () => {
  for (const { what, wrong, line, records, preloads = [], env = {} } of rows) {
    test(what, async (t) => {
      const receiver = preloads.length === 0 ? undefined : await startTestReceiver(t);
      const app = await spawnApp(t, {
        args: [...preloads, '--import', IN_CODE, APP],
        env: { APP_WRONG: wrong, OTEL_EXPORTER_OTLP_ENDPOINT: receiver?.grpcEndpoint, ...env },
      });
      for (const path of ['/0', '/1', '/2']) {
        const client = await RawClient.connect(t, { port: app.port });
        await client.send(
          requestText(path, { headers: { Connection: 'close', Authorization: 'Bearer s3cret' } }),
        );
        await client.closed();
      }
      await receiver?.waitForExchanges(3);
      await app.stop();
      assert.match(app.stderr, line);
      assert.match(app.stdout, new RegExp(`^records ${records}$`, 'm'));
    });
  }
});
