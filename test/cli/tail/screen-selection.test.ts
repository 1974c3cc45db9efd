import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KEY, numbered, seenScreen } from './support/seen-screen.ts';

describe('the selection', () => {
  const selecting = (keys: readonly string[]) => {
    const seen = seenScreen({ colours: true });
    seen.add(...numbered(1, 10));
    seen.see();
    for (const key of keys) {
      seen.type(key);
      seen.see();
    }
    seen.type('\x0c');
    const drawn = seen.screen.draw([]).replaceAll('\u001b', 'ESC');
    const plain = drawn.replaceAll(/ESC\[\d*m/g, '');
    return {
      selected: /ESC\[7m14:03[^E]*GET[^E]* (\/\d+) *ESC/.exec(drawn)?.[1],
      paths: Array.from(plain.matchAll(/ (\/\d+)/g), ([, path]) => path),
    };
  };
  const { up, down, pageUp, pageDown, home, end } = KEY;
  const rows: readonly (readonly [
    name: string,
    keys: string[],
    selected: string | undefined,
    first: number,
  ])[] = [
    ['none', [], undefined, 7],
    ['up', [up], '/10', 7],
    ['up twice', [up, up], '/9', 7],
    ['up beyond the page', [up, up, up, up, up], '/6', 6],
    ['up and down beyond the newest', [up, down], undefined, 7],
    ['a page up', [pageUp], '/7', 7],
    ['two pages up, and down', [pageUp, pageUp, down], '/4', 3],
    ['to the oldest, and a page down', [home, pageDown], '/5', 2],
    ['to the oldest, and further', [home, up], '/1', 1],
    ['to the newest', [home, end], undefined, 7],
    ['Esc', [home, KEY.escape], undefined, 7],
  ];
  for (const [name, keys, selected, first] of rows) {
    test(name, () => {
      assert.deepEqual(selecting(keys), { selected, paths: numbered(first, first + 3) });
    });
  }

  test('stays on its record while others come, and through a search', () => {
    const seen = seenScreen();
    seen.add(...numbered(1, 6));
    seen.type(up);
    seen.type(up);
    seen.add(...numbered(7, 20));
    assert.deepEqual(seen.paths(), ['/3', '/4', '/5', '/6']);
    assert.match(seen.bottom(), /^ paused: 14 waiting/);
    seen.type(`//1${KEY.enter}`);
    seen.type(up);
    assert.deepEqual(seen.paths(), ['/16', '/17', '/18', '/19']);
    seen.type(KEY.escape);
    assert.ok(seen.paths().includes('/19'), 'what is around the one that was found');
  });
});

describe('one record in full', () => {
  const open = (rows: number) => {
    const seen = seenScreen({ columns: 70, rows });
    seen.add('/first', '/second', `/third/${'x'.repeat(60)}`);
    seen.type(KEY.enter);
    return seen;
  };

  test('is opened by Enter: the selected one, or the newest', () => {
    assert.deepEqual(open(30).see(), [
      'One record  ↑↓ scroll  ←→ the one before, the next  Esc closes',
      'record',
      '  event name                    "access_log.request"',
      '  time                          2026-11-23T14:03:07.123456789Z',
      '  observed                      2026-11-23T14:03:07.200000000Z',
      '  severity                      9 INFO',
      '  body                          "a body"',
      '  trace id                      4bf92f3577b34da6a3ce929d0e0e4736',
      '  span id                       00f067aa0ba902b7',
      '  flags                         01',
      'attributes',
      '  access_log.outcome            "completed"',
      '  client.address                "203.0.113.7"',
      '  http.request.method           "GET"',
      '  http.response.status_code     200',
      '  http.server.request.duration  0.0124',
      `  url.path                      "/third/${'x'.repeat(30)}`,
      `${'x'.repeat(30)}"`,
      'resource',
      '  service.name                  "shop"',
      'scope',
      '  name                          "otel-access-log"',
      '  version                       "0.1.0"',
      ...Array(6).fill(''),
      ' paused: 0 waiting   1.0 requests/s  / search  p pause  ? help  q quit',
    ]);
  });

  test('gives way to the one before and the next, and closes', () => {
    const seen = open(30);
    const path = (): string => seen.see().find((line) => line.includes('url.path')) ?? 'closed';
    seen.type(KEY.left);
    assert.match(path(), /"\/second"/);
    seen.type(KEY.left + KEY.left);
    assert.match(path(), /"\/first"/);
    seen.type(KEY.right);
    assert.match(path(), /"\/second"/);
    seen.type(KEY.escape);
    assert.equal(path(), 'closed');
    seen.type(KEY.enter);
    assert.match(path(), /"\/second"/);
    seen.type(KEY.enter);
    assert.equal(path(), 'closed');
  });

  test('scrolls where it is longer than the screen', () => {
    const seen = open(8);
    const first = (): string => seen.see()[1] ?? '';
    seen.type(KEY.down + KEY.down);
    assert.match(first(), /time/);
    seen.type(KEY.end);
    assert.match(seen.see()[6] ?? '', /version/);
    seen.type(KEY.pageUp + KEY.home);
    assert.equal(first(), 'record');
  });
});
