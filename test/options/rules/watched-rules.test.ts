import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { OptionsError } from '../../../src/options/options-error.ts';
import { resolveOptions } from '../../../src/options/resolve.ts';
import type { MaskingFiles } from '../../../src/options/rules/masking-files.ts';
import { type RulesListener, WatchedRules } from '../../../src/options/rules/watched-rules.ts';
import { keepAlive } from '../../support/keep-alive.ts';
import type { TestOwner } from '../../support/owner.ts';

/** A rules file of one parameter. */
function rulesOf(name: string): string {
  return `version: 1\nquery: { ${name}: replace }\n`;
}

function scene(owner: TestOwner, { path = 'rules.yaml', text = rulesOf('one'), key = '' } = {}) {
  keepAlive(owner);
  const folder = mkdtempSync(join(tmpdir(), 'rules-'));
  owner.after(() => rm(folder, { recursive: true }));
  const rules = join(folder, path);
  const hashKeyFile = join(folder, 'key');
  writeFileSync(rules, text);
  if (key !== '') writeFileSync(hashKeyFile, key);
  return { folder, rules, ...watch(owner, rules, key === '' ? '' : hashKeyFile) };
}

/** What the listener heard, and how to wait for the next of it. */
function hearing(inForce: () => unknown) {
  const heard: unknown[] = [];
  let wake: (() => void) | undefined;
  const hear = (what: unknown): void => {
    heard.push(what);
    wake?.();
  };
  const listener: RulesListener = {
    onChanging: () => hear(['changing', inForce()]),
    onChanged: (hasRecovered) => hear([hasRecovered ? 'recovered' : 'changed', inForce()]),
    onRefused: ({ errorType, problem }) => hear(['refused', errorType, problem]),
    onError: (error) => hear(['error', error]),
  };
  const next = async (count = 1): Promise<unknown[]> => {
    while (heard.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return heard.splice(0);
  };
  return { listener, heard, next };
}

type Compile = (files: MaskingFiles<{ readonly id: string }>) => string;

/** Names of the parameters in force, and the key. */
const show: Compile = ({ rules, key }) =>
  [...(rules?.masking.query.exact.keys() ?? []), ...(key === undefined ? [] : [key.id])].join();

function watch(owner: TestOwner, rules: string, hashKeyFile = '', compile: Compile = show, pollMs = 5) {
  const options = resolveOptions({ rules, hashKeyFile }, {});
  const watched = new WatchedRules({
    options,
    parseKey: (bytes) => {
      if (bytes.length < 4) throw new TypeError('expected a key of 4 bytes or more');
      return { id: Buffer.from(bytes).toString() };
    },
    compile,
    pollMs,
    settle: () => Promise.resolve(),
  });
  owner.after(async () => watched.stop());
  const { listener, heard, next } = hearing(() => watched.current);
  /** Starts, and waits for the first check. */
  const start = async (): Promise<void> => {
    watched.start(listener);
    await watched.refresh();
  };
  return { watched, listener, start, heard, next };
}

const changed = (before: string, after: string): unknown[] => [
  ['changing', before],
  ['changed', after],
];
const recovered = (before: string, after: string): unknown[] => [
  ['changing', before],
  ['recovered', after],
];

describe('WatchedRules: files that change', { timeout: 60_000 }, () => {
  test('three swaps of a ConfigMap', async (t) => {
    keepAlive(t);
    const folder = mkdtempSync(join(tmpdir(), 'rules-'));
    t.after(() => rm(folder, { recursive: true }));
    const versions = ['v0', 'v1', 'v2', 'v3'];
    for (const version of versions) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'rules.yaml'), rulesOf(version));
    }
    symlinkSync('v0', join(folder, '..data'));
    symlinkSync('..data/rules.yaml', join(folder, 'rules.yaml'));
    const { watched, start, next } = watch(t, join(folder, 'rules.yaml'));
    await start();
    for (const [at, version] of versions.slice(1).entries()) {
      symlinkSync(version, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
      rmSync(join(folder, `v${at}`), { recursive: true });
      assert.deepEqual(await next(2), changed(`v${at}`, version));
    }
    assert.equal(watched.status.isStale, false);
  });

  test('two renames, and one write in place', async (t) => {
    const { rules, start, next } = scene(t);
    await start();
    for (const [before, name] of [
      ['one', 'two'],
      ['two', 'three'],
    ] as const) {
      writeFileSync(`${rules}.new`, rulesOf(name));
      renameSync(`${rules}.new`, rules);
      assert.deepEqual(await next(2), changed(before, name));
    }
    writeFileSync(rules, rulesOf('four'));
    // A reading between truncation and writing finds an empty file, which is told and recovered from.
    const heard = await next(2);
    assert.deepEqual(heard.at(-1), [heard.length === 2 ? 'changed' : 'recovered', 'four']);
  });

  test('a file that is truncated, and written much later', async (t) => {
    const { watched, rules, start, next } = scene(t);
    await start();
    truncateSync(rules);
    assert.deepEqual(await next(), [['refused', 'invalid', 'rules.yaml: 1 problem, in line 1']]);
    assert.deepEqual([watched.current, watched.status.isStale], ['one', true]);
    writeFileSync(rules, rulesOf('two'));
    assert.deepEqual(await next(2), recovered('one', 'two'));
    assert.equal(watched.status.isStale, false);
  });

  test('another content of the same size, with the same time of modification', async (t) => {
    const { rules, start, next } = scene(t);
    await start();
    const { atime, mtime, size } = statSync(rules);
    writeFileSync(`${rules}.new`, rulesOf('two'));
    utimesSync(`${rules}.new`, atime, mtime);
    renameSync(`${rules}.new`, rules);
    assert.equal(statSync(rules).size, size);
    assert.deepEqual(await next(2), changed('one', 'two'));
  });

  test('a file that is gone, a folder in its place, and back again', async (t) => {
    const { watched, rules, start, next } = scene(t);
    await start();
    unlinkSync(rules);
    assert.deepEqual(await next(), [['refused', 'ENOENT', 'rules.yaml: ENOENT']]);
    // As root every file can be read: a folder stands for one that cannot.
    mkdirSync(rules);
    assert.deepEqual(await next(), [['refused', 'invalid', 'rules.yaml: no regular file']]);
    assert.deepEqual([watched.current, watched.status.isStale], ['one', true]);
    rmSync(rules, { recursive: true });
    assert.deepEqual(await next(), [['refused', 'ENOENT', 'rules.yaml: ENOENT']]);
    writeFileSync(`${rules}.new`, rulesOf('one'));
    renameSync(`${rules}.new`, rules);
    assert.deepEqual(await next(2), recovered('one', 'one'));
    assert.deepEqual([watched.current, watched.status.isStale], ['one', false]);
  });

  test('the same content in another file is no change', async (t) => {
    const { watched, rules, start, heard } = scene(t);
    await start();
    writeFileSync(`${rules}.new`, rulesOf('one'));
    renameSync(`${rules}.new`, rules);
    await watched.refresh();
    await watched.refresh();
    assert.deepEqual(heard, []);
  });

  test('a change between start and first exchange is seen at once', async (t) => {
    const { rules } = scene(t);
    const { watched, listener, next } = watch(t, rules, '', show, 1_000_000);
    writeFileSync(rules, rulesOf('two'));
    assert.equal(watched.current, 'one');
    watched.start(listener);
    assert.deepEqual(await next(2), changed('one', 'two'));
  });
});

describe('WatchedRules: what cannot be used', { timeout: 60_000 }, () => {
  test('an event names lines, the notice also says what is wrong', async (t) => {
    const { rules, watched } = scene(t);
    const refusals: unknown[] = [];
    const ignore = (): void => undefined;
    watched.start({
      onChanging: ignore,
      onChanged: ignore,
      onRefused: (refusal) => refusals.push(refusal),
      onError: ignore,
    });
    await watched.refresh();
    const wrong = Array.from({ length: 9 }, (_, at) => `  p${at}: replaec`).join('\n');
    writeFileSync(`${rules}.new`, `version: 1\nquery:\n${wrong}\n`);
    renameSync(`${rules}.new`, rules);
    await watched.refresh();
    const [refusal] = refusals;
    assert.deepEqual(
      { ...Object(refusal), message: '' },
      {
        errorType: 'invalid',
        problem: 'rules.yaml: 9 problems, in lines 3, 4, 5, 6, 7 and 4 more',
        message: '',
      },
    );
    assert.match(Object(refusal).message, /^rules\.yaml:3: query\.p0: expected .*, got "replaec"/);
    writeFileSync(`${rules}.new`, 'x'.repeat(100_000));
    renameSync(`${rules}.new`, rules);
    await watched.refresh();
    const tooLarge = 'rules.yaml: too large';
    assert.deepEqual(refusals[1], { errorType: 'invalid', problem: tooLarge, message: tooLarge });
    assert.equal(refusals.length, 2);
  });

  test('at the start it is an error', (t) => {
    const { folder } = scene(t);
    assert.throws(() => watch(t, join(folder, 'missing.yaml')), OptionsError);
    writeFileSync(join(folder, 'wrong.yaml'), 'query: {}\n');
    assert.throws(() => watch(t, join(folder, 'wrong.yaml')), OptionsError);
  });

  test('rules that cannot be compiled are refused as a whole', async (t) => {
    const { rules } = scene(t);
    const { watched, start, next } = watch(t, rules, '', (files) => {
      if (show(files) === 'bad') throw new Error('too many states');
      return show(files);
    });
    await start();
    writeFileSync(`${rules}.new`, `${rulesOf('bad')}runtime: { rate: 5 }\n`);
    renameSync(`${rules}.new`, rules);
    assert.deepEqual(await next(), [['refused', 'invalid', 'the rules: too many states']]);
    assert.deepEqual([watched.current, watched.runtime, watched.status.isStale], ['one', {}, true]);
    writeFileSync(`${rules}.new`, rulesOf('good'));
    renameSync(`${rules}.new`, rules);
    assert.deepEqual(await next(2), recovered('one', 'good'));
    assert.equal(watched.status.isStale, false);
  });

  test('an error of the listener is told to it, and the checks go on', async (t) => {
    const { rules, watched } = scene(t);
    const errors: unknown[] = [];
    watched.start({
      onChanging: () => undefined,
      onChanged: () => {
        throw new Error('of the listener');
      },
      onRefused: () => undefined,
      onError: (error) => errors.push(Object(error).message),
    });
    await watched.refresh();
    for (const name of ['two', 'three']) {
      writeFileSync(`${rules}.new`, rulesOf(name));
      renameSync(`${rules}.new`, rules);
      await watched.refresh();
      assert.equal(watched.current, name);
    }
    assert.deepEqual(errors, ['of the listener', 'of the listener']);
  });
});

describe('WatchedRules: key and settings', { timeout: 60_000 }, () => {
  test('another key, one that is too short, and the rules stay the same', async (t) => {
    const { folder, watched, start, next } = scene(t, { key: 'key1' });
    await start();
    const { rules } = watched.files;
    const replaceKey = (text: string): void => {
      writeFileSync(join(folder, 'key.new'), text);
      renameSync(join(folder, 'key.new'), join(folder, 'key'));
    };
    replaceKey('key2');
    assert.deepEqual(await next(2), changed('one,key1', 'one,key2'));
    assert.equal(watched.files.rules, rules);
    replaceKey('k');
    assert.deepEqual(await next(), [
      ['refused', 'invalid', 'the key of hashes: expected a key of 4 bytes or more'],
    ]);
    assert.deepEqual([watched.current, watched.status.isStale], ['one,key2', true]);
    replaceKey('key3');
    assert.deepEqual(await next(2), recovered('one,key2', 'one,key3'));
  });

  test('settings for an incident come and go with their part of the file', async (t) => {
    const { rules, watched, start, next } = scene(t);
    await start();
    const replaceRules = (text: string): void => {
      writeFileSync(`${rules}.new`, text);
      renameSync(`${rules}.new`, rules);
    };
    assert.deepEqual([watched.runtime, watched.status.runtime], [{}, []]);
    replaceRules('version: 1\nruntime: { level: error, rate: 5, ignore: ["/a", "GET /b"] }\n');
    await next(2);
    assert.deepEqual(watched.runtime, { level: 'error', rate: 5, ignore: ['/a', 'GET /b'] });
    assert.deepEqual(watched.status.runtime, ['level=error', 'rate=5', 'ignore=2']);
    replaceRules(rulesOf('one'));
    await next(2);
    assert.deepEqual([watched.runtime, watched.status.runtime], [{}, []]);
  });

  test('without files nothing is watched', (t) => {
    const { watched, heard } = watch(t, '');
    const fail = (): void => assert.fail();
    watched.start({ onChanging: fail, onChanged: fail, onRefused: fail, onError: fail });
    assert.deepEqual(
      [watched.hasFiles, watched.status.isStale, watched.current, heard],
      [false, false, '', []],
    );
  });
});
