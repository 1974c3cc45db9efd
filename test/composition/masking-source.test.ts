import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ProcessMasking } from '../../src/composition/masking-source.ts';
import { HttpAccessLogInstrumentation } from '../../src/instrumentation.ts';
import { type AccessLogOptions, resolveOptions } from '../../src/options/options.ts';
import { problemsOf } from '../options/support/problems-of.ts';
import { inRepo } from '../support/repo-root.ts';
import { spawnNode } from '../support/spawn-app.ts';

const directory = mkdtempSync(join(tmpdir(), 'access-log-masking-'));
after(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const KEY = file('key', `${'k'.repeat(32)}\n`);
const problemsWith = (options: AccessLogOptions): readonly string[] =>
  problemsOf(() => new ProcessMasking(resolveOptions(options, {})));

describe('the masking of a process', () => {
  test('is that of the options and of the files that they name', () => {
    const rules = file('rules.yaml', 'version: 1\nquery: { id: hash }\ndetect: { card: keep:6:4 }');
    const { current, counts } = new ProcessMasking(
      resolveOptions({ rules, hashKeyFile: KEY, detect: ['jwt'] }, {}),
    );
    assert.equal(current.canHash, true);
    assert.deepEqual(current.rules, ['jwt', 'card', 'query.id']);
    assert.equal(current.query('id=1', 0), `id=${current.hash('url.query', '1')}`);
    assert.equal(counts.hitsOf('query.id'), 1);
  });

  test('loads the engine of patterns only where there are any', () => {
    const engine = createRequire(import.meta.url).resolve('re2js');
    const isLoaded = (): boolean => engine in createRequire(import.meta.url).cache;
    new ProcessMasking(resolveOptions({ rules: file('plain.yaml', 'version: 1\nquery: { a: mask }') }, {}));
    assert.equal(isLoaded(), false);
    const rules = file('patterns.yaml', 'version: 1\npatterns: [{ name: p, match: a, do: mask }]');
    new ProcessMasking(resolveOptions({ rules }, {}));
    assert.equal(isLoaded(), true);
  });

  test('every mistake in the rules is told at once', () => {
    const rules = file('wrong.yaml', 'version: 1\nquery: { a: hash, b: x }');
    const wrong = problemsWith({ rules });
    assert.deepEqual(wrong, [
      'wrong.yaml:2: query.a: hash needs a key: set hashKeyFile (ACCESS_LOG_HASH_KEY_FILE) (from the file)',
      'wrong.yaml:2: query.b: expected one of show, hash, keep:F:L, mask, replace, replace:TEXT, remove, got "x" (from the file)',
    ]);
  });

  test('files that cannot be read, and keys that are too short, are told without their content', () => {
    const short = file('short.key', 's3cret');
    assert.deepEqual(problemsWith({ rules: '/nowhere/rules.yaml', hashKeyFile: short }), [
      `hashKeyFile (ACCESS_LOG_HASH_KEY_FILE): expected a file with a key, got "${short}" (expected a key of 32 bytes or more, got 6)`,
      'rules (ACCESS_LOG_RULES): expected a file that can be read, got "/nowhere/rules.yaml" (ENOENT)',
    ]);
    const long = file('long.key', 'k'.repeat(5000));
    assert.match(problemsWith({ hashKeyFile: long })[0] ?? '', /\(larger than 4 KiB\)$/);
  });

  test('a mistake in the rules throws where the instrumentation is made', () => {
    const rules = file('bad.yaml', 'version: 3');
    assert.throws(() => new HttpAccessLogInstrumentation({ rules }), {
      name: 'OptionsError',
      message: 'bad.yaml:1: version: expected 1, got 3 (from the file)',
    });
  });

  test('under the preload it is one message, and the application starts', async (t) => {
    const app = spawnNode(t, {
      args: ['--import', 'otel-access-log/register', '-e', 'console.log("started")'],
      env: { ACCESS_LOG_RULES: file('empty.yaml', '') },
      cwd: inRepo('.'),
    });
    const { code } = await app.exited;
    assert.deepEqual([code, app.stdout], [0, 'started\n']);
    assert.equal(app.stderr.match(/no access log/g)?.length, 1);
    assert.match(
      app.stderr,
      /no access log: empty\.yaml:1: version: expected 1, got nothing \(from the file\)/,
    );
  });
});
