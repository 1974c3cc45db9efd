import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readKeys } from '../../../../src/cli/tail/screen/keys.ts';
import { LEGEND_LINES } from '../../../../src/cli/tail/screen/legend.ts';
import { exchange } from '../support/records.ts';
import { KEY, numbered, seenScreen } from '../support/seen-screen.ts';

const HINTS = '1.0 requests/s  / search  p pause  ? help  q quit';
const TITLES = 'UTC               took  method  path';
const row = (path: string): string => `14:03:07  200   12.4ms  GET     ${path}`;

describe('the screen', () => {
  test('says how records come until there is one', () => {
    const { see, add } = seenScreen({ welcome: ['receiving: http://127.0.0.1:4317'] });
    assert.deepEqual(see(), ['', 'receiving: http://127.0.0.1:4317', '', '', '', HINTS]);
    add('/a');
    assert.deepEqual(see(), [TITLES, row('/a'), '', '', '', HINTS]);
  });

  test('shows the newest records, and writes only what has changed', () => {
    const { see, add, screen } = seenScreen();
    add('/a', '/b', '/c');
    assert.deepEqual(see(), [TITLES, row('/a'), row('/b'), row('/c'), '', HINTS]);
    assert.equal(screen.draw([{ tone: 'plain', text: '1.0 requests/s' }]), '');
    add('/d', '/e');
    assert.deepEqual(see(), [TITLES, row('/b'), row('/c'), row('/d'), row('/e'), HINTS]);
    assert.equal(screen.end(), ['/b', '/c', '/d', '/e'].map((path) => `${row(path)}\n`).join(''));
  });

  test('is drawn anew when the window changes, and when it is asked for', () => {
    const { see, add, screen, type } = seenScreen();
    add('/orders/42?page=2', '/b');
    see();
    screen.resize(40, 4);
    assert.deepEqual(see(), [
      '        took  method  path',
      '200   12.4ms  GET     /orders/42?page=2',
      '200   12.4ms  GET     /b',
      '1.0 requests/s  ? help  q quit',
    ]);
    screen.resize(60, 6);
    assert.deepEqual(see(), [TITLES, row('/orders/42?page=2'), row('/b'), '', '', HINTS]);
    type('\x0c');
    assert.ok(screen.draw([]).startsWith('\x1b[2J'));
  });

  for (const [columns, rows] of [
    [1, 1],
    [5, 2],
    [12, 3],
  ] as const) {
    test(`fits in ${columns} x ${rows}`, () => {
      const { see, add, type } = seenScreen({ columns, rows });
      add('/a', '/b');
      for (const keys of ['', '/b', '\r', KEY.up, KEY.enter, KEY.down, KEY.escape, '?']) {
        type(keys);
        const seen = see();
        assert.equal(seen.length, rows);
        for (const line of seen) assert.ok(line.length <= columns, line);
      }
    });
  }

  test('pauses: what comes meanwhile waits', () => {
    const { add, type, paths, bottom, see } = seenScreen();
    const screen = { see, paths, bottom };
    add(...numbered(1, 3));
    type('p');
    add(...numbered(4, 9));
    assert.deepEqual(screen.paths(), ['/1', '/2', '/3']);
    assert.equal(screen.bottom(), ' paused: 6 waiting   1.0 requests/s  ? help  q quit');
    type(' ');
    assert.deepEqual(screen.paths(), ['/6', '/7', '/8', '/9']);
    assert.equal(screen.bottom(), HINTS);
  });

  test('pauses: records that are held no longer are counted, and the oldest ones shown', () => {
    const seen = seenScreen();
    seen.add('/first');
    seen.type('p');
    seen.add(...numbered(1, 12_000));
    assert.equal(seen.bottom(), ' paused: 10000 waiting, 2000 left out   1.0 requests/s');
    assert.deepEqual(seen.paths(), ['/2001', '/2002', '/2003', '/2004']);
  });

  test('holds large records only as far as memory is bounded', () => {
    const seen = seenScreen();
    const body = 'x'.repeat(10 * 1024 * 1024);
    for (let index = 0; index < 20; index++) seen.screen.add({ ...exchange(), body });
    seen.type(`/orders${KEY.enter}`);
    assert.match(seen.bottom(), / 3 of 3, Esc ends/);
  });
});

describe('a search', () => {
  test('finds what came and what comes, also in columns without room, until Esc', () => {
    const seen = seenScreen();
    seen.add('/orders', '/carts', '/orders/2');
    seen.type('/Ord');
    assert.equal(seen.bottom(), '/Ord');
    seen.type(`x\x7f${KEY.enter}`);
    assert.deepEqual(seen.see(), [
      TITLES,
      row('/orders'),
      row('/orders/2'),
      '',
      '',
      ' /Ord  2 of 3, Esc ends  1.0 requests/s  ? help  q quit',
    ]);
    seen.add('/carts/2', '/orders/3');
    assert.deepEqual(seen.paths(), ['/orders', '/orders/2', '/orders/3']);
    seen.type(KEY.escape);
    assert.deepEqual(seen.paths(), ['/carts', '/orders/2', '/carts/2', '/orders/3']);
    seen.type(`/203.0.113.7${KEY.enter}`);
    assert.match(seen.bottom(), / 5 of 5, Esc ends/);
    seen.type(`/4bf92f3577b34da6a3ce929d0e0e4736${KEY.enter}`);
    assert.match(seen.bottom(), / 5 of 5, Esc ends/);
    seen.type(`/${KEY.enter}`);
    assert.equal(seen.bottom(), HINTS);
  });

  test('finds what came during a pause', () => {
    const seen = seenScreen();
    seen.add('/alpha');
    seen.type('p');
    seen.add('/beta', '/bravo');
    seen.type(`//b${KEY.enter}`);
    assert.deepEqual(seen.paths(), ['/beta', '/bravo']);
    assert.match(seen.bottom(), /^ paused: 0 waiting {4}\/\/b {2}2 of 3/);
  });

  test('is marked in the records that are seen, and nowhere else', () => {
    const { screen, add, type } = seenScreen({ colours: true });
    add('/path');
    type(`/path${KEY.enter}`);
    const drawn = screen.draw([{ tone: 'plain', text: 'the path of' }]).replaceAll('\u001b', 'ESC');
    assert.deepEqual(drawn.match(/ESC\[7m[^E]*/g), ['ESC[7mpath', 'ESC[7m /path ']);
  });

  test('can be given up while it is typed, and q is a letter there', () => {
    const seen = seenScreen();
    assert.deepEqual(seen.type('/q'), [undefined, undefined]);
    seen.type(KEY.escape);
    assert.equal(seen.bottom(), HINTS);
    seen.type('/abc\x15');
    assert.equal(seen.bottom(), '/');
    seen.type('\x7f');
    assert.equal(seen.bottom(), HINTS);
  });
});

test('? shows the legend, and closes it', () => {
  const seen = seenScreen({ columns: 100, rows: 40 });
  seen.add('/a');
  seen.type('?');
  const legend = LEGEND_LINES.map((line) => line.map(({ text }) => text).join(''));
  assert.deepEqual(seen.see().slice(1, legend.length), legend.slice(0, -1));
  seen.type('?');
  assert.deepEqual(seen.paths(), ['/a']);
});

for (const key of ['q', '\x03', '\x04']) {
  test(`${JSON.stringify(key)} asks for the end`, () => assert.deepEqual(seenScreen().type(key), ['quit']));
}

describe('keys', () => {
  const character = (one: string) => ({ kind: 'character', character: one });
  const rows: readonly (readonly [chunk: string, keys: readonly object[]])[] = [
    ['p', [character('p')]],
    ['日😀', [character('日'), character('😀')]],
    ['\x1b', [{ kind: 'escape' }]],
    ['\x1b[A\x1bOB\x1b[5~', [{ kind: 'up' }, { kind: 'down' }, { kind: 'pageUp' }]],
    ['\x1bOP\x1b[1;5C\x1bxq', [character('q')]],
    ['a\r\n\b', [character('a'), { kind: 'enter' }, { kind: 'enter' }, { kind: 'backspace' }]],
    ['\x00\x01\u202e\x9b', []],
  ];
  for (const [chunk, keys] of rows) {
    test(JSON.stringify(chunk), () => assert.deepEqual(readKeys(chunk), keys));
  }
});
