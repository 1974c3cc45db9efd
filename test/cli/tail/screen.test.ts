import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cell, type Line } from '../../../src/cli/render/line-cells.ts';
import { readKeys } from '../../../src/cli/tail/keys.ts';
import { Screen } from '../../../src/cli/tail/screen.ts';

const SUMMARY: Line = [cell('plain', '1.0 requests/s')];
const KEYS = '1.0 requests/s  p pause  / search  q quit';

/** What clears the bottom line, the ends of lines, and texts. */
const PARTS = /\rESC\[J|\n|[^\r\n]+/g;

/** A screen, and a terminal of which it knows nothing: rows as they would be seen. */
function terminal(columns = 100) {
  const screen = new Screen({ columns, colours: false, hasKeys: true });
  let rows = [''];
  return {
    screen,
    add: (...texts: readonly string[]) => {
      for (const text of texts) screen.add([cell('plain', text)]);
    },
    type: (text: string) => readKeys(text).map((key) => screen.press(key)),
    /** The rows after a drawing. */
    see: (written = screen.draw(SUMMARY)): readonly string[] => {
      for (const [part] of written.replaceAll('\u001b', 'ESC').matchAll(PARTS)) {
        if (part === '\n') rows.push('');
        else if (part.startsWith('\r')) rows[rows.length - 1] = '';
        else rows[rows.length - 1] += part;
      }
      return rows;
    },
    clear: () => {
      rows = [rows.at(-1) ?? ''];
    },
  };
}

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);

describe('the screen', () => {
  test('scrolls lines by, above one line that stays', () => {
    const { add, see, screen } = terminal();
    assert.deepEqual(see(), [KEYS]);
    add('one', 'two');
    see();
    add('three');
    assert.deepEqual(see(), ['one', 'two', 'three', KEYS]);
    assert.equal(screen.draw(SUMMARY), '', 'nothing new, nothing written');
    add('four');
    assert.deepEqual(see(screen.end()), ['one', 'two', 'three', 'four', '']);
  });

  test('keeps to the width of the terminal', () => {
    const { add, see, screen } = terminal(20);
    add('x'.repeat(30));
    assert.deepEqual(see(), [`${'x'.repeat(19)}…`, '1.0 requests/s  p …']);
    screen.resize(11);
    assert.equal(see().at(-1), '1.0 reque…');
  });

  test('writes a batch over several drawings, and leaves out what is more than a thousand', () => {
    const { add, see, clear } = terminal();
    add(...numbered(1, 1500));
    assert.deepEqual(see(), ['… 500 lines left out', ...numbered(501, 700), KEYS]);
    clear();
    assert.deepEqual(see(), [...numbered(701, 900), KEYS]);
  });

  test('pauses: what comes meanwhile waits, and is counted where it is too much', () => {
    const { add, see, type, clear } = terminal();
    const paused = (told: string) => [` paused: ${told}   1.0 requests/s  p go on  / search  q quit`];
    type('p');
    assert.deepEqual(see(), paused('0 waiting'));
    add(...numbered(1, 3));
    assert.deepEqual(see(), paused('3 waiting'));
    add(...numbered(4, 5004));
    assert.deepEqual(see(), paused('1000 waiting, 4004 left out'));
    type(' ');
    assert.deepEqual(see(), ['… 4004 lines left out', ...numbered(4005, 4204), KEYS]);
    clear();
    type('p');
    assert.deepEqual(see(), paused('800 waiting'));
  });

  test('searches what came and what comes, and shows all again after Esc', () => {
    const { add, see, type, clear } = terminal();
    add('GET /orders', 'POST /orders', 'GET /carts');
    see();
    clear();
    type('/Get');
    assert.deepEqual(see(), ['/Get ']);
    type('s\x7f\r');
    const searching = ' /get  Esc ends  1.0 requests/s  p pause  / search  q quit';
    assert.deepEqual(see(), ['… /Get: in 2 of the last 3 lines', 'GET /orders', 'GET /carts', searching]);
    clear();
    add('POST /carts', 'GET /new');
    assert.deepEqual(see(), ['GET /new', searching]);
    clear();
    type('\x1b');
    add('POST /new');
    assert.deepEqual(see(), ['… end of the search, all lines again', 'POST /new', KEYS]);
  });

  test('searches during a pause', () => {
    const { add, see, type } = terminal();
    type('p');
    add('one', 'two', 'three');
    type('/t\r');
    assert.deepEqual(see(), [
      '… /t: in 2 of the last 3 lines',
      'two',
      'three',
      ' paused: 0 waiting    /t  Esc ends  1.0 requests/s  p go on  / search  q quit',
    ]);
  });

  test('a search can be given up while it is typed, and q is a letter there', () => {
    const { see, type } = terminal();
    assert.deepEqual(type('/q'), [undefined, undefined]);
    type('\x1b');
    assert.deepEqual(see(), [KEYS]);
    type('/abc\x15');
    assert.deepEqual(see(), ['/ ']);
    type('\x7f');
    assert.deepEqual(see(), [KEYS]);
  });

  for (const key of ['q', '\x03', '\x04']) {
    test(`${JSON.stringify(key)} asks for the end`, () => assert.deepEqual(terminal().type(key), ['quit']));
  }
});

describe('keys', () => {
  const character = (one: string) => ({ kind: 'character', character: one });
  const rows: readonly (readonly [chunk: string, keys: readonly object[]])[] = [
    ['p', [character('p')]],
    ['日😀', [character('日'), character('😀')]],
    ['\x1b', [{ kind: 'escape' }]],
    ['\x1b[A\x1bOP\x1b[1;5C\x1bxq', [character('q')]],
    ['a\r\n\b', [character('a'), { kind: 'enter' }, { kind: 'enter' }, { kind: 'backspace' }]],
    ['\x00\x01\u202e\x9b', []],
  ];
  for (const [chunk, keys] of rows) {
    test(JSON.stringify(chunk), () => assert.deepEqual(readKeys(chunk), keys));
  }
});
