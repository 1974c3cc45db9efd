import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { type NoticeLevel, Notices } from '../../src/telemetry/notices.ts';

function setUp(level?: NoticeLevel) {
  const lines: string[] = [];
  const clock = { nowMs: 1000 };
  const notices = new Notices({ nowMs: () => clock.nowMs, level, write: (line) => lines.push(line) });
  return { notices, lines, clock };
}

describe('Notices', () => {
  test('writes the first of a kind at once, then one line a minute with what happened since', () => {
    const { notices, lines, clock } = setUp();
    notices.lost('export', 512, 'refused');
    notices.lost('export', 512, 'refused');
    clock.nowMs += 59_999;
    notices.lost('export', 1, 'timed out');
    assert.deepEqual(lines, ['otel-access-log: refused (512 records lost)\n']);

    clock.nowMs += 1;
    notices.lost('export', 2, 'timed out again');
    clock.nowMs += 60_000;
    notices.lost('export', 1, 'refused');
    assert.deepEqual(lines.slice(1), [
      'otel-access-log: timed out again (3 times, 515 records lost)\n',
      'otel-access-log: refused (1 record lost)\n',
    ]);
  });

  test('what happens rarely is written each time', () => {
    const { notices, lines } = setUp();
    notices.warn('rules', 'line 2', 0);
    notices.warn('rules', 'line 3', 0);
    notices.info('rules.recovered', 'in force', 0);
    notices.info('rules.recovered', 'in force', 0);
    assert.deepEqual(lines, [
      'otel-access-log: line 2\n',
      'otel-access-log: line 3\n',
      'otel-access-log: in force\n',
      'otel-access-log: in force\n',
    ]);
  });

  test('the last lines are written as they are, until the reader has had its time', () => {
    const { notices, lines } = setUp();
    notices.lastLines(['{"a":1}', '{"b":2}'], 0, false);
    assert.deepEqual(lines, ['{"a":1}\n', '{"b":2}\n']);

    let nowMs = 0;
    const taken: string[] = [];
    const takes = [false, true, true];
    const full = new Notices({
      nowMs: () => nowMs++,
      write: (line) => takes.shift() === true && taken.push(line),
    });
    full.lastLines(['first', 'second', 'third'], 3, false);
    assert.deepEqual(taken, ['first\n', 'second\n']);
  });

  test('where notices are switched off, there are no last lines either', () => {
    const { notices, lines } = setUp('none');
    notices.lastLines(['{"a":1}'], 0, false);
    assert.deepEqual(lines, []);
  });

  test('keeps the kinds apart', () => {
    const { notices, lines } = setUp();
    notices.error('a', 'first');
    notices.warn('b', 'second');
    notices.info('c', 'third');
    notices.info('a', 'fourth');
    assert.deepEqual(lines, [
      'otel-access-log: first\n',
      'otel-access-log: second\n',
      'otel-access-log: third\n',
    ]);
  });

  test('flush writes what has not been told, once', () => {
    const { notices, lines, clock } = setUp();
    notices.lost('a', 5, 'lost');
    notices.lost('a', 6, 'lost');
    notices.lost('a', 7, 'lost more');
    notices.warn('b', 'told');
    notices.warn('b', 'nothing lost');
    notices.flush();
    notices.flush();
    clock.nowMs += 10;
    notices.lost('a', 8, 'lost');
    assert.deepEqual(lines, [
      'otel-access-log: lost (5 records lost)\n',
      'otel-access-log: told\n',
      'otel-access-log: lost more (2 times, 13 records lost)\n',
    ]);
  });

  test('what could not be written is said later, with all counts, or in the end', () => {
    const clock = { nowMs: 0 };
    const given: [line: string, isLast: boolean][] = [];
    let hasRoom = false;
    const notices = new Notices({
      nowMs: () => clock.nowMs,
      write: (line, isLast) => {
        given.push([line, isLast]);
        return hasRoom;
      },
    });
    notices.lost('a', 1, 'lost');
    notices.warn('b', 'said once');
    notices.lost('a', 1, 'lost');
    assert.equal(given.length, 2);
    clock.nowMs += 1_000;
    notices.lost('a', 1, 'lost');
    assert.deepEqual(given.slice(2), [['otel-access-log: lost (3 times, 3 records lost)\n', false]]);
    hasRoom = true;
    notices.flush();
    notices.flush();
    assert.deepEqual(given.slice(3), [
      ['otel-access-log: lost (3 times, 3 records lost)\n', true],
      ['otel-access-log: said once\n', true],
    ]);
  });

  const levels: readonly [level: NoticeLevel | undefined, written: readonly string[]][] = [
    ['none', []],
    ['error', ['error', 'lost']],
    ['warn', ['error', 'lost', 'warn']],
    ['info', ['error', 'lost', 'warn', 'info']],
    [undefined, ['error', 'lost', 'warn', 'info']],
    ['debug', ['error', 'lost', 'warn', 'info']],
    ['verbose', ['error', 'lost', 'warn', 'info']],
    ['all', ['error', 'lost', 'warn', 'info']],
  ];
  for (const [level, written] of levels) {
    test(`level ${level}`, () => {
      const { notices, lines } = setUp(level);
      notices.error('error', 'error');
      notices.lost('lost', 0, 'lost');
      notices.warn('warn', 'warn');
      notices.info('info', 'info');
      notices.flush();
      assert.deepEqual(
        lines,
        written.map((word) => `otel-access-log: ${word}\n`),
      );
    });
  }

  test('one line is one line', () => {
    const { notices, lines } = setUp();
    notices.error('a', 'a\nb\r\u001b[31m\u2028\u202e\ud800é😀');
    assert.deepEqual(lines, ['otel-access-log: a\\nb\\u{d}\\u{1b}[31m\\u{2028}\\u{202e}\\u{d800}é😀\n']);
  });

  test('a long message is cut, its counts are not', () => {
    const { notices, lines } = setUp();
    notices.lost('a', 3, 'x'.repeat(5000));
    assert.deepEqual(lines, [`otel-access-log: ${'x'.repeat(1000)}… (3 records lost)\n`]);
  });

  test('whatever the message is, it is one line of bounded length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (message) => {
        const { notices, lines } = setUp();
        notices.error('a', message);
        assert.equal(lines.length, 1);
        assert.match(lines[0] ?? '', /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{17,11000}\n$/u);
      }),
    );
  });

  test('every loss is told exactly once by the time of the flush', () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 50_000 }),
      lost: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const { notices, lines, clock } = setUp();
        for (const { waitMs, lost } of steps) {
          clock.nowMs += waitMs;
          notices.lost('a', lost, 'm');
        }
        notices.flush();
        const told = lines.map((line) => Number(/(\d+) records? lost/.exec(line)?.[1] ?? 0));
        assert.equal(
          told.reduce((sum, count) => sum + count, 0),
          steps.reduce((sum, { lost }) => sum + lost, 0),
        );
      }),
    );
  });

  test('a write that throws does not throw at the caller', () => {
    const notices = new Notices({
      nowMs: () => 0,
      write() {
        throw new Error('EPIPE');
      },
    });
    notices.error('a', 'a');
    notices.flush();
  });

  test('where the application has replaced process.stderr.write, that is called', (t) => {
    const lines: unknown[] = [];
    t.mock.method(process.stderr, 'write', (line: unknown) => lines.push(line));
    new Notices({ nowMs: () => 0 }).error('a', 'a');
    t.mock.restoreAll();
    assert.deepEqual(lines, ['otel-access-log: a\n']);
  });

  test('a standard error that nobody reads does not end the process', async () => {
    const child = spawn(process.execPath, [
      fileURLToPath(new URL('./fixtures/broken-stderr.js', import.meta.url)),
    ]);
    child.stderr.destroy();
    await once(child.stderr, 'close');
    child.stdin.end('go');
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    assert.deepEqual({ output, code }, { output: 'alive', code: 0 });
  });
});
