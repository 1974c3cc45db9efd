import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Line, plainText } from '../../src/render/line-cells.ts';
import { TerminalLines } from '../../src/render/terminal-lines.ts';

const NOON = 1_795_608_000_123_456_789n;

/** An exchange that went well, but for these attributes. */
function exchange(attributes: Readonly<Record<string, unknown>> = {}, severityNumber = 9) {
  return {
    timeUnixNano: NOON,
    severityNumber,
    attributes: {
      'http.request.method': 'GET',
      'url.path': '/orders/42',
      'http.response.status_code': 200,
      'http.server.request.duration': 0.0124,
      'client.address': '127.0.0.1',
      'access_log.outcome': 'completed',
      ...attributes,
    },
  };
}

const toneOf = (line: Line, text: string): string | undefined =>
  line.find((cell) => cell.text.trim() === text)?.tone;

describe('columns', () => {
  test('80: time, status, duration, method, target, client', () => {
    const lines = new TerminalLines();
    const rows = [
      exchange(),
      exchange({ 'url.path': '/orders', 'url.query': 'page=2', 'http.request.method': 'DELETE' }),
      exchange(
        {
          'client.address': '203.0.113.77',
          'http.response.status_code': undefined,
          'access_log.outcome': 'aborted',
        },
        13,
      ),
    ];
    assert.deepEqual(
      rows.map((row) => plainText(lines.line(row, 80))),
      [
        '12:00:00.123Z  200   12.4ms  GET      /orders/42                       127.0.0.1',
        '12:00:00.123Z  200   12.4ms  DELETE   /orders?page=2                   127.0.0.1',
        '12:00:00.123Z  ---   12.4ms  GET      /orders/42           203.0.113.77  aborted',
      ],
    );
  });

  const ORDER = ['12:00:00.123Z', '200', '12.4ms', 'GET', '/orders/42', '127.0.0.1'];
  const widths: readonly [columns: number, shown: readonly string[]][] = [
    [200, ORDER],
    [120, ORDER],
    [80, ORDER],
    [65, ORDER],
    [60, ORDER.slice(0, -1)],
    [55, ORDER.slice(0, -1)],
    [40, ORDER.slice(1, -1)],
    [30, ORDER.slice(1, -2)],
  ];
  for (const [columns, shown] of widths) {
    test(`${columns}: ${shown.join(' ')}`, () => {
      const text = plainText(new TerminalLines().line(exchange(), columns));
      assert.ok(text.length <= columns, text);
      assert.deepEqual(text.split(/ +/).slice(0, shown.length), shown);
      assert.equal(text.includes('127.0.0.1'), shown.includes('127.0.0.1'));
    });
  }

  test('no line is wider than the terminal, whatever is in it', () => {
    const texts = ['x'.repeat(1000), '路'.repeat(300), '\u001b[2J\u202e', ''];
    for (const columns of [1, 20, 21, 40, 79, 80, 81, 200, 1000]) {
      const lines = new TerminalLines();
      for (const text of texts) {
        const row = exchange({
          'url.path': text,
          'client.address': text,
          'http.request.method_original': text,
          'error.type': text,
          'access_log.outcome': 'crashed',
          'access_log.suppressed_before': 5,
        });
        const line = plainText(lines.line(row, columns));
        assert.ok(line.length <= Math.max(20, columns), `${columns}: ${line}`);
        assert.doesNotMatch(line, /\p{Cc}|\u202e/u);
      }
    }
  });

  test('a long client moves nothing in other lines', () => {
    const lines = new TerminalLines();
    const at = (): number => plainText(lines.line(exchange(), 120)).indexOf('127.0.0.1');
    const before = at();
    assert.match(
      plainText(lines.line(exchange({ 'client.address': '2001:db8:85a3:8d3:1319:8a2e:370:7348' }), 120)),
      /2001:db8:85a3:8d3:1319:8a2e:370:7348$/,
    );
    assert.equal(at(), before);
  });

  test('80 where they are not known', () => {
    for (const columns of [undefined, 0])
      assert.equal(plainText(new TerminalLines().line(exchange(), columns)).length, 80);
  });
});

describe('tones', () => {
  const rows: readonly [attributes: Readonly<Record<string, unknown>>, text: string, tone: string][] = [
    [{}, '200', 'success'],
    [{ 'http.response.status_code': 304 }, '304', 'redirect'],
    [{ 'http.response.status_code': 404 }, '404', 'warning'],
    [{ 'http.response.status_code': 500 }, '500', 'error'],
    [{ 'access_log.outcome': 'upgraded', 'http.response.status_code': 101 }, 'upgraded', 'redirect'],
    [{ 'access_log.outcome': 'timeout', 'error.type': 'ERR_X' }, 'timeout ERR_X', 'error'],
    [{ 'access_log.suppressed_before': 3 }, '+3 suppressed before', 'warning'],
  ];
  for (const [attributes, text, tone] of rows) {
    test(`${text} is ${tone}`, () =>
      assert.equal(toneOf(new TerminalLines().line(exchange(attributes), 200), text), tone));
  }

  test('what was slow has a duration that warns', () => {
    assert.equal(toneOf(new TerminalLines().line(exchange({}, 13), 120), '12.4ms'), 'warning');
    assert.equal(toneOf(new TerminalLines().line(exchange({}, 9), 120), '12.4ms'), 'plain');
  });
});
