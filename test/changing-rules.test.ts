// Rules and key that change: what is in force, what is told of it.
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProcessMasking } from '../src/composition/masking-source.ts';
import { resolveOptions } from '../src/options/resolve.ts';
import { RulesAnnouncer } from '../src/sampling/events/rules-announcer.ts';
import { keepAlive } from './support/keep-alive.ts';
import type { TestOwner } from './support/owner.ts';

const KEYS = ['k'.repeat(32), 'l'.repeat(32)] as const;
const plain = (): boolean => false;

/** Everything is replaced by one word. */
function rulesOf(word: string): string {
  return `version: 1
detect: { email: "replace:${word}" }
query: { code: "replace:${word}" }
headers: { x-note: "replace:${word}" }
paths: { "/reset/{token}": { token: "replace:${word}" } }
`;
}

function scene(owner: TestOwner, text: string) {
  keepAlive(owner);
  const folder = mkdtempSync(join(tmpdir(), 'masking-'));
  owner.after(() => rm(folder, { recursive: true }));
  const replace = (name: string, content: string): void => {
    writeFileSync(join(folder, `${name}.new`), content);
    renameSync(join(folder, `${name}.new`), join(folder, name));
  };
  replace('rules.yaml', text);
  replace('key', KEYS[0]);
  const options = resolveOptions({ rules: join(folder, 'rules.yaml'), hashKeyFile: join(folder, 'key') }, {});
  const masking = new ProcessMasking(options, 1);
  const events: unknown[] = [];
  const notices: string[] = [];
  let changes = 0;
  let wake = (): void => undefined;
  masking.start(
    new RulesAnnouncer({
      status: () => masking.status,
      onChanged: () => {
        changes += 1;
      },
      writeEvent: (event) => {
        events.push(event);
        wake();
      },
      warn: (line) => notices.push(`warn: ${line}`),
      info: (line) => notices.push(`info: ${line}`),
      onError: (error) => {
        throw error;
      },
    }),
  );
  owner.after(async () => masking.stop());
  const until = async (count: number): Promise<void> => {
    while (events.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { masking, replace, events, notices, until, changes: () => changes };
}

/** A text of each kind, masked by the set that is in force now. */
function masked({ current }: ProcessMasking): readonly (string | undefined)[] {
  return [
    current.path('/reset/secret'),
    current.query('code=secret', 0),
    current.header('x-note', 'secret', plain),
    current.text('user_agent.original', 'jane@mail.example'),
  ];
}
const allOf = (word: string): string[] => [`/reset/${word}`, `code=${word}`, word, word];

describe('ProcessMasking', { timeout: 60_000 }, () => {
  test('under load each exchange is masked by one set of rules', async (t) => {
    const { masking, replace, events } = scene(t, rulesOf('AAAA'));
    const seen = new Set<string>();
    for (let round = 0; events.length < 8; round++) {
      const word = events.length % 2 === 0 ? 'AAAA' : 'BBBB';
      if (round % 20 === 0) replace('rules.yaml', rulesOf(word));
      // A record holds the set of its end, and is written later.
      const { current } = masking;
      const before = masked(masking);
      await nextTurn();
      const [path = ''] = before;
      const shown = path.slice('/reset/'.length);
      seen.add(shown);
      assert.deepEqual(before, allOf(shown));
      assert.equal(current.query('code=secret', 0), `code=${shown}`);
    }
    assert.deepEqual(seen, new Set(['AAAA', 'BBBB']));
  });

  test('whole events and notices: the start, another file, a mistake, and the end of it', async (t) => {
    const { masking, replace, events, notices, until, changes } = scene(t, rulesOf('AAAA'));
    const { hash: first, keyId } = masking.status;
    assert.match(`${first} ${keyId}`, /^[0-9a-f]{8} [0-9a-f]{4}$/);
    replace('rules.yaml', `${rulesOf('BBBB')}runtime: { level: warn, rate: 5, ignore: [/health, /ready] }\n`);
    await until(2);
    const { hash: second } = masking.status;
    assert.notEqual(second, first);
    assert.deepEqual(masked(masking), allOf('BBBB'));
    replace('rules.yaml', 'version: 1\nquery:\n  code: secret text\n');
    await until(3);
    assert.deepEqual(masked(masking), allOf('BBBB'));
    replace('rules.yaml', rulesOf('AAAA'));
    await until(4);
    assert.deepEqual(masked(masking), allOf('AAAA'));
    assert.equal(changes(), 2);
    const runtime = ['level=warn', 'rate=5', 'ignore=2'];
    const event = (hash: string | undefined, rest: object, told: object): object => ({
      eventName: 'access_log.rules',
      severityNumber: 9,
      severityText: 'INFO',
      body: `in force: rules ${hash}, key ${keyId}`,
      ...told,
      attributes: {
        'access_log.event': 'rules',
        'access_log.rules.hash': hash,
        'access_log.rules.key_id': keyId,
        'access_log.rules.stale': false,
        ...rest,
      },
    });
    const withRuntime = { 'access_log.rules.runtime': runtime };
    assert.deepEqual(events, [
      event(first, {}, {}),
      event(second, withRuntime, {
        body: `in force: rules ${second}, key ${keyId}, with level=warn, rate=5, ignore=2`,
      }),
      event(
        second,
        {
          ...withRuntime,
          'access_log.rules.stale': true,
          'access_log.rules.problem': 'rules.yaml: 1 problem, in line 3',
          'error.type': 'invalid',
        },
        {
          severityNumber: 13,
          severityText: 'WARN',
          body: `rules.yaml: 1 problem, in line 3; in force: rules ${second}, key ${keyId}`,
        },
      ),
      event(first, {}, {}),
    ]);
    assert.equal(notices.length, 2);
    assert.match(
      notices[0] ?? '',
      /^warn: the rules stay as they are; in force: rules [0-9a-f]{8}, key [0-9a-f]{4}; rules\.yaml:3: query\.code: expected .*, got "secret text" /,
    );
    assert.equal(notices[1], `info: the rules can be used again; in force: rules ${first}, key ${keyId}`);
  });

  test('another key is another hash, and the rules stay', async (t) => {
    const { masking, replace, until } = scene(t, rulesOf('AAAA'));
    const { hash, keyId } = masking.status;
    const before = masking.current.hash('session.id', 'value');
    assert.equal(masking.current.hash('session.id', 'value'), before);
    replace('key', KEYS[1]);
    await until(2);
    const after = masking.current.hash('session.id', 'value');
    assert.notEqual(after.slice(5), before.slice(5));
    assert.notEqual(masking.status.keyId, keyId);
    assert.equal(masking.status.hash, hash);
    replace('key', KEYS[0]);
    await until(3);
    assert.equal(masking.current.hash('session.id', 'value'), before);
    replace('key', 'short');
    await until(4);
    assert.equal(masking.current.hash('session.id', 'value'), before);
    assert.equal(masking.status.isStale, true);
  });

  test('the operator is told that both files can be used again, not that one of them can', async (t) => {
    const { replace, notices, until } = scene(t, rulesOf('AAAA'));
    replace('key', 'short');
    await until(2);
    replace('rules.yaml', 'version: 2\n');
    await until(3);
    replace('rules.yaml', rulesOf('BBBB'));
    await until(4);
    assert.deepEqual(
      notices.map((text) => text.slice(0, 4)),
      ['warn', 'warn'],
    );
    replace('key', KEYS[0]);
    await until(5);
    assert.match(notices[2] ?? '', /^info: the rules can be used again; /);
    assert.equal(notices.length, 3);
  });

  test('the heartbeat names rules of the file that matched nothing for an hour', async (t) => {
    let nowMs = 1000;
    t.mock.method(performance, 'now', () => nowMs);
    const { masking } = scene(t, rulesOf('AAAA'));
    const { hash, keyId } = masking.status;
    const report = { hash, keyId, isStale: false, runtime: [] };
    assert.deepEqual(masking.report(), { ...report, unmatched: [] });
    masking.current.query('code=1', 0);
    nowMs += 3_600_000;
    const unmatched = ['email', 'headers.x-note', 'paths./reset/{token}'];
    assert.deepEqual(masking.report(), { ...report, unmatched });
    masked(masking);
    assert.deepEqual(masking.report(), { ...report, unmatched: [] });
    nowMs += 3_600_000;
    assert.deepEqual(masking.report(), {
      ...report,
      unmatched: ['email', 'query.code', 'headers.x-note', 'paths./reset/{token}'],
    });
  });

  test('without files there is nothing to report', () => {
    const masking = new ProcessMasking(resolveOptions({}, {}));
    assert.equal(masking.report(), undefined);
    assert.deepEqual([masking.counts.failed, masking.counts.notScanned], [0, 0]);
  });
});
