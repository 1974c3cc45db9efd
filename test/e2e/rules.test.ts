// A rules file that is replaced while a service runs under the preload, with the interval that users have.
import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { ReceivedRecord } from '../../src/cli/receiver/otlp-receiver.ts';
import { startTestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnApp } from '../support/spawn-app.ts';
import { configMap } from './support/config-map.ts';

/** Everything of a request is replaced by one word. */
function rulesOf(word: string, rest = ''): string {
  return `version: 1
query: { code: "replace:${word}" }
headers: { x-note: "replace:${word}", never-sent: remove }
paths: { "/reset/{token}": { token: "replace:${word}" } }
${rest}`;
}

const eventOf =
  (name: string) =>
  ({ attributes }: ReceivedRecord): boolean =>
    attributes['access_log.event'] === name;

describe('a rules file that changes while a service runs', () => {
  test('each record is by one set of rules, each change is told, the process ends by itself', {
    timeout: 120_000,
  }, async (t) => {
    const { path, swap } = configMap(t, rulesOf('AAAA'));
    const receiver = await startTestReceiver(t);
    const app = await spawnApp(t, {
      args: ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/app.mjs')],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
        OTEL_SERVICE_NAME: 'shop',
        OTEL_BLRP_SCHEDULE_DELAY: '50',
        ACCESS_LOG_RULES: path,
        ACCESS_LOG_REQUEST_HEADERS: 'x-note',
        ACCESS_LOG_LEVEL: 'warn',
        ACCESS_LOG_RATE: '100000',
        ACCESS_LOG_BURST: '100000',
      },
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 4 });
    t.after(() => agent.destroy());
    const request = (target: string): Promise<void> =>
      new Promise((resolve, reject) => {
        get({ port: app.port, path: target, agent, headers: { 'x-note': 'secret' } }, (response) =>
          response.resume().once('end', resolve),
        ).once('error', reject);
      });
    let isLoaded = true;
    const load = async (): Promise<void> => {
      while (isLoaded) await request('/reset/secret?code=secret');
    };
    const loads = [load(), load(), load(), load()];
    const events = async (count: number): Promise<readonly ReceivedRecord[]> => {
      const all = await receiver.waitForRecords(
        (records) => records.filter(eventOf('rules')).length >= count,
      );
      return all.filter(eventOf('rules'));
    };
    const exchanges = (): number => receiver.records.filter(isOfLoad).length;

    await events(1);
    assert.equal(exchanges(), 0, 'the level of the environment');
    swap(rulesOf('AAAA', 'runtime: { level: info }\n'));
    await events(2);
    swap(rulesOf('BBBB', 'runtime: { level: info }\n'));
    await events(3);
    swap('version: 1\nquery: { code: replaec }\n');
    await events(4);
    await app.waitFor(
      /otel-access-log: the rules stay as they are; .* got "replaec", did you mean replace\?/,
    );
    // Another mistake within the same minute.
    swap('version: 1\nquery: { code: mask, state: hide }\n');
    await events(5);
    await app.waitFor(/otel-access-log: the rules stay as they are; .* got "hide"/);
    swap(rulesOf('AAAA'));
    const [first, second, third, refused, , last] = await events(6);
    isLoaded = false;
    await Promise.all(loads);
    await app.waitFor(/otel-access-log: the rules can be used again; in force: rules [0-9a-f]{8}\n/);
    agent.destroy();
    await request('/close').catch(() => undefined);
    assert.deepEqual(await app.exited, { code: 0, signal: null });

    const seen = new Set<string>();
    for (const { attributes } of receiver.records.filter(isOfLoad)) {
      const [, shown = ''] = /^\/reset\/(\w+)$/.exec(String(attributes['url.path'])) ?? [];
      seen.add(shown);
      assert.deepEqual(
        [attributes['url.query'], attributes['http.request.header.x-note']],
        [`code=${shown}`, [shown]],
      );
    }
    assert.deepEqual(seen, new Set(['AAAA', 'BBBB']));

    const hashOf = (record: ReceivedRecord | undefined): unknown =>
      record?.attributes['access_log.rules.hash'];
    const runtime = { 'access_log.rules.runtime': ['level=info'] };
    const loaded = (record: ReceivedRecord | undefined, rest = {}): object => ({
      'access_log.event': 'rules',
      'access_log.rules.hash': hashOf(record),
      'access_log.rules.stale': false,
      ...rest,
    });
    assert.equal(new Set([first, second, third].map(hashOf)).size, 3);
    assert.equal(hashOf(last), hashOf(first));
    assert.deepEqual(
      [first, second, third, refused, last].map((record) => [
        record?.eventName,
        record?.severityText,
        record?.body,
        record?.attributes,
      ]),
      [
        ['access_log.rules', 'INFO', `in force: rules ${hashOf(first)}`, loaded(first)],
        [
          'access_log.rules',
          'INFO',
          `in force: rules ${hashOf(second)}, with level=info`,
          loaded(second, runtime),
        ],
        [
          'access_log.rules',
          'INFO',
          `in force: rules ${hashOf(third)}, with level=info`,
          loaded(third, runtime),
        ],
        [
          'access_log.rules',
          'WARN',
          `rules.yaml: 1 problem, in line 2; in force: rules ${hashOf(third)}`,
          loaded(third, {
            ...runtime,
            'access_log.rules.stale': true,
            'access_log.rules.problem': 'rules.yaml: 1 problem, in line 2',
            'error.type': 'invalid',
          }),
        ],
        ['access_log.rules', 'INFO', `in force: rules ${hashOf(first)}`, loaded(first)],
      ],
    );
    const { attributes: heartbeat = {} } = receiver.records.findLast(eventOf('heartbeat')) ?? {};
    assert.deepEqual(
      [
        heartbeat['access_log.rules.hash'],
        heartbeat['access_log.rules.stale'],
        heartbeat['access_log.final'],
      ],
      [hashOf(first), false, true],
    );
    const { 'access_log.total.kept': kept, 'access_log.total.ignored': ignored } = heartbeat;
    assert.equal(kept, exchanges());
    assert.ok(Number(ignored) > 0);
    assert.equal(heartbeat['access_log.rules.runtime'], undefined, 'the level of the environment again');
  });

  test('an instrumentation that is set up in code follows it too', { timeout: 60_000 }, async (t) => {
    const { path, swap } = configMap(t, rulesOf('AAAA'));
    const app = await spawnApp(t, {
      args: [
        ...['--import', pathToFileURL(inRepo('test/e2e/fixtures/in-code.mjs')).href],
        inRepo('test/e2e/fixtures/app.mjs'),
      ],
      env: { ACCESS_LOG_RULES: path },
    });
    // The files are looked at from the first request on, and then at once.
    swap(rulesOf('BBBB'));
    const url = `http://127.0.0.1:${app.port}/reset/secret`;
    while (!app.stdout.includes('"/reset/BBBB"')) await (await fetch(url)).text();
    assert.match(app.stdout, /"\/reset\/AAAA"/);
    assert.doesNotMatch(app.stdout, /secret/);
    await app.stop();
  });

  test('a file that is missing or cannot be used at the start: one message, and the service runs', async (t) => {
    const { path, swap } = configMap(t, 'query: {}\n');
    const receiver = await startTestReceiver(t);
    for (const [rules, message] of [
      [
        path,
        /otel-access-log: no access log: rules\.yaml:1: version: expected 1, got nothing \(from the file\)/,
      ],
      [
        `${path}.missing`,
        /otel-access-log: no access log: rules \(ACCESS_LOG_RULES\): expected a file that can be read, got .* \(ENOENT\)/,
      ],
    ] as const) {
      const app = await spawnApp(t, {
        args: ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/app.mjs')],
        env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint, ACCESS_LOG_RULES: rules },
      });
      await app.waitFor(message);
      const answer = await fetch(`http://127.0.0.1:${app.port}/`);
      assert.equal(await answer.text(), 'hello');
      await app.stop();
      assert.equal(app.stderr.match(/no access log/g)?.length, 1);
      swap('query: {}\n');
    }
    assert.deepEqual(receiver.records, []);
  });
});

/** Only these show what was masked. */
function isOfLoad({ attributes }: ReceivedRecord): boolean {
  return String(attributes['url.path']).startsWith('/reset/');
}
