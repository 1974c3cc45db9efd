// What the real Loki makes of bodies with hostile texts in them: no label that is not ours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BodyFormat } from '../../src/options/schema.ts';
import { lokiLabel } from '../hostile/support/body-parsers.ts';
import { FUZZ_SEED } from '../hostile/support/fuzz.ts';
import { hostileRecord } from '../hostile/support/hostile-records.ts';
import { Dice } from '../hostile/support/hostile-text.ts';
import { RawClient } from '../support/raw-client.ts';
import type { LogLine } from './support/loki-client.ts';
import { describeStack, requestLines, requestsOf, startService } from './support/suite.ts';

const LINES = 600;
/** What Loki adds where a line is not of the format of the parser. */
const ERRORS = ['__error__', '__error_details__'];

/** Bodies that differ: of lines that are the same in all respects Loki keeps one. */
function bodiesOf(format: BodyFormat): string[] {
  const bodies = new Set<string>();
  for (let index = 0; bodies.size < LINES; index++) {
    bodies.add(hostileRecord(new Dice(Math.imul(FUZZ_SEED, 0x9e3779b1) + index)).record.line(format));
  }
  return [...bodies];
}

function labelsOf({ parsed }: LogLine): string[] {
  return Object.keys(parsed).filter((name) => !ERRORS.includes(name));
}

/** Loki writes a blank for each replacement character. */
function asLokiKeeps(value: string): string {
  return value.replaceAll('\ufffd', ' ');
}

/** Requests that Node's parser takes. */
const REQUESTS: readonly (readonly [target: string, userAgent: string])[] = [
  ['/level=fatal', 'curl level=fatal x'],
  ['/_error__=x', 'curl __error__=x y'],
  ['/_error_details__=x', '{"level":"fatal"}'],
  ['/_error_?=x', '","level":"fatal","x":"'],
  ['/{"level":"fatal"}', '\x9b31m\xe2\x80\xae'],
  ['/%0d%0alevel=fatal', 'a" 200 5 "-" "b'],
  ['/a;level=fatal?level=fatal', 'curl\\'],
];

describeStack('Loki finds no labels in bodies that are not ours', (stack) => {
  const push = async (format: BodyFormat, parser: 'json' | 'logfmt'): Promise<LogLine[]> => {
    const job = `${format}-${parser}`;
    const bodies = bodiesOf(format);
    await stack().push({ job }, bodies);
    const lines = await stack().waitFor(`{job="${job}"} | ${parser}`, ({ length }) => length >= LINES);
    assert.deepEqual(
      lines.map(({ line }) => line),
      bodies,
    );
    return lines;
  };

  test(`logfmt in ${LINES} bodies of each form`, async (t) => {
    t.diagnostic(`FUZZ_SEED=${FUZZ_SEED}`);
    for (const format of ['line', 'json'] as const) {
      for (const line of await push(format, 'logfmt')) assert.deepEqual(line.parsed, {}, line.line);
    }
    for (const line of await push('combined', 'logfmt')) {
      // As of any line of Apache, a target with one `=` is a pair.
      for (const name of labelsOf(line)) assert.match(name, /^_/, line.line);
      assert.ok(
        ERRORS.every((name) => line.parsed[name] === undefined),
        line.line,
      );
    }
  });

  test(`JSON in ${LINES} bodies of each form`, async (t) => {
    t.diagnostic(`FUZZ_SEED=${FUZZ_SEED}`);
    for (const format of ['line', 'combined'] as const) {
      for (const line of await push(format, 'json')) {
        assert.deepEqual(labelsOf(line), [], line.line);
        // A hook may have put `{}` into the place of the address, which Loki takes for an object without members.
        if (format === 'line') assert.equal(line.parsed.__error__, 'JSONParserErr', line.line);
      }
    }
    for (const line of await push('json', 'json')) {
      const scalars = Object.entries(JSON.parse(line.line)).filter(([, value]) => !Array.isArray(value));
      const expected = scalars.map(([name, value]) => [lokiLabel(name), asLokiKeeps(String(value))]);
      assert.deepEqual(line.parsed, Object.fromEntries(expected), line.line);
    }
  });

  for (const format of ['line', 'json'] as const) {
    test(`requests to a service, body ${format}: metric queries go on working`, async (t) => {
      const service = await startService(t, {
        endpoint: stack().grpcEndpoint,
        fixture: 'plain.mjs',
        env: { ACCESS_LOG_BODY: format, ACCESS_LOG_STDOUT: 'combined' },
      });
      for (const [target, userAgent] of REQUESTS) {
        const client = await RawClient.connect(t, { port: service.port });
        const head = `GET ${target} HTTP/1.1\r\nHost: a\r\nUser-Agent: ${userAgent}\r\n\r\n`;
        await client.send(Buffer.from(head, 'latin1'));
        await client.responses(1);
        client.destroy();
      }
      await service.stop();
      const [listening, ...shown] = service.stdout.trimEnd().split('\n');
      assert.match(listening ?? '', /^listening \d+$/);
      assert.equal(shown.length, REQUESTS.length);
      for (const line of shown) assert.match(line, /^[ -~]+$/);
      await requestLines(stack(), service, REQUESTS.length);
      const lines = await stack().query(`${requestsOf(service)} | logfmt`);
      assert.deepEqual(
        lines.map(({ parsed }) => parsed),
        REQUESTS.map(() => ({})),
      );
      const samples = await stack().queryInstant(`count_over_time(${requestsOf(service)} | logfmt [1h])`);
      assert.equal(
        samples.reduce((sum, { value }) => sum + value, 0),
        REQUESTS.length,
      );
    });
  }
});
