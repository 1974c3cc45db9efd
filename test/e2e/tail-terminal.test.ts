// `tail` in a real terminal: whole screens, keys, and windows that change.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { unlessInstalled } from '../support/program.ts';
import { inRepo } from '../support/repo-root.ts';
import { type Size, startInTerminal, type Terminal } from '../support/tmux.ts';

const COMMAND = `${process.execPath} ${inRepo('build/src/cli.js')} tail`;
const IPV6 = '2001:db8:85a3:8d3:1319:8a2e:370:7348';
const START = 1_795_442_587_123_456_789n;

type Attributes = Readonly<Record<string, string | number>>;

interface Tail extends Terminal {
  /** Sends exchanges, 10 ms after each other. */
  send(...exchanges: readonly Attributes[]): Promise<void>;
}

async function startTail(t: TestContext, size: Size, args = ''): Promise<Tail> {
  const terminal = startInTerminal(t, `${COMMAND} --port 0 ${args}`, size);
  const welcome = await terminal.waitFor(/^receiving: \S+ \(gRPC\) or \S+ \(HTTP\)$/m);
  const [, url = ''] = /or (\S+) \(HTTP\)/.exec(welcome) ?? [];
  let sent = 0;
  return {
    ...terminal,
    send: async (...exchanges) => {
      const logRecords = exchanges.map((attributes) => recordOf(attributes, sent++));
      const resource = { attributes: pairsOf({ 'service.name': 'shop' }) };
      const body = JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${url}/v1/logs`, { method: 'POST', headers, body });
      assert.equal(response.status, 200);
    },
  };
}

function recordOf(attributes: Attributes, index: number): object {
  return {
    timeUnixNano: String(START + BigInt(index) * 10_000_000n),
    observedTimeUnixNano: String(START),
    severityNumber: 9,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    attributes: pairsOf({
      'access_log.outcome': 'completed',
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'http.server.request.duration': 0.0124,
      'client.address': '203.0.113.7',
      ...attributes,
    }),
  };
}

function pairsOf(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => {
    if (typeof value === 'string') return { key, value: { stringValue: value } };
    return { key, value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value } };
  });
}

/** The screen without the last line, which has the rate of the moment; and that line. */
function partsOf(screen: string): readonly [lines: readonly string[], bottom: string] {
  const lines = screen.split('\n').map((line) => line.trimEnd());
  const bottom = lines.pop() ?? '';
  while (lines.at(-1) === '') lines.pop();
  return [lines, bottom];
}

const ORDER = (id: number): Attributes => ({ 'url.path': `/orders/${id}`, 'http.route': '/orders/:id' });
const LONG = '/static/assets/fonts/inter/v13/latin-extended/inter-regular.woff2';

const EXCHANGES: readonly Attributes[] = [
  ORDER(42),
  { 'url.path': LONG, 'client.address': IPV6 },
  {
    'url.path': '/report',
    'access_log.outcome': 'aborted',
    'http.response.status_code': 499,
    'error.type': 'ECONNRESET',
  },
  {
    'url.path': '/\u001b]0;owned\u0007日本',
    'http.request.method': 'DELETE',
    'http.response.status_code': 503,
  },
];

/** {@link EXCHANGES} at 53 x 5. */
const NARROW = [
  '        took  method  path',
  '200   12.4ms  GET     /static/assets/fonts/inter/v13…',
  '499   12.4ms  GET     /report  ECONNRESET',
  '503   12.4ms  DELETE  /\\x1b]0;owned\\x07日本',
];

describe('tail in a terminal', { skip: unlessInstalled('tmux', '-V') }, () => {
  const screens: readonly (readonly [columns: number, lines: readonly string[], bottom: RegExp])[] = [
    [
      80,
      [
        'UTC               took  ┿p50╂p95  outcome  method  path',
        '14:03:07  200   12.4ms                     GET     /orders/42',
        '14:03:07  200   12.4ms                     GET     /static/assets/fonts/inter/v…',
        '14:03:07  499   12.4ms            aborted  GET     /report  ECONNRESET',
        '14:03:07  503   12.4ms                     DELETE  /\\x1b]0;owned\\x07日本',
      ],
      /^\d\.\d requests\/s {2}errors \S+ {2}suppressed 0 {2}lost 0 {2}\? help {2}q quit$/,
    ],
    [
      120,
      [
        'UTC               took  ┿p50╂p95  trace     client           outcome  method  route         path',
        '14:03:07  200   12.4ms            4bf92f35  203.0.113.7               GET     /orders/:id   /orders/42',
        '14:03:07  200   12.4ms            4bf92f35  2001:db…70:7348           GET     -             /static/assets/fonts/inter/…',
        '14:03:07  499   12.4ms            4bf92f35  203.0.113.7      aborted  GET     -             /report  ECONNRESET',
        '14:03:07  503   12.4ms            4bf92f35  203.0.113.7               DELETE  -             /\\x1b]0;owned\\x07日本',
      ],
      /lost 0 {2}↑↓ Enter open {2}\/ search {2}p pause {2}\? help {2}q quit$/,
    ],
    [
      200,
      [
        'UTC                    took  ┿p50╂p95  trace     client                                outcome  method  route         path',
        '14:03:07.123Z  200   12.4ms            4bf92f35  203.0.113.7                                    GET     /orders/:id   /orders/42',
        `14:03:07.133Z  200   12.4ms            4bf92f35  ${IPV6}           GET     -             ${LONG}`,
        '14:03:07.143Z  499   12.4ms            4bf92f35  203.0.113.7                           aborted  GET     -             /report  ECONNRESET',
        '14:03:07.153Z  503   12.4ms            4bf92f35  203.0.113.7                                    DELETE  -             /\\x1b]0;owned\\x07日本',
      ],
      /lost 0 {2}↑↓ Enter open {2}\/ search {2}p pause {2}\? help {2}q quit$/,
    ],
  ];
  for (const [columns, lines, bottom] of screens) {
    test(`at ${columns} columns, and after the window was another size`, async (t) => {
      const tail = await startTail(t, { columns, rows: 10 });
      await tail.send(...EXCHANGES);
      const isDrawn = (screen: string): boolean => partsOf(screen)[0].join('\n') === lines.join('\n');
      const check = async (): Promise<void> => {
        const [shown, last] = partsOf(await tail.waitFor((screen) => isDrawn(screen)));
        assert.deepEqual(shown, lines);
        assert.match(last, bottom);
      };
      await check();
      tail.resize({ columns: 53, rows: 5 });
      const [narrow, summary] = partsOf(await tail.settled());
      assert.deepEqual(narrow, NARROW);
      assert.match(summary, /^\d\.\d requests\/s {2}errors \S+ {2}suppressed 0 {2}lost 0$/);
      tail.resize({ columns, rows: 10 });
      await check();
      for (const size of [
        { columns: 3, rows: 2 },
        { columns: columns + 40, rows: 20 },
      ]) {
        tail.resize(size);
        await tail.settled();
        tail.resize({ columns, rows: 10 });
        await check();
      }
    });
  }

  test('an IPv6 client that has scrolled away widens nothing any more', async (t) => {
    const tail = await startTail(t, { columns: 160, rows: 5 });
    await tail.send({ ...ORDER(1), 'client.address': IPV6 });
    await tail.waitFor(new RegExp(`  ${IPV6}  GET`));
    await tail.send(ORDER(2), ORDER(3), ORDER(4));
    const [lines] = partsOf(await tail.waitFor(/\/orders\/4/));
    assert.deepEqual(lines, [
      'UTC                    took  ┿p50╂p95  trace     client           method  route         path',
      ...[2, 3, 4].map(
        (id) =>
          `14:03:07.1${id + 1}3Z  200   12.4ms            4bf92f35  203.0.113.7      GET     /orders/:id   /orders/${id}`,
      ),
    ]);
  });

  test('keys: a pause, a search of what was missed, one record in full, and the end', async (t) => {
    const tail = await startTail(t, { columns: 80, rows: 30 });
    await tail.send(ORDER(1), ORDER(2));
    await tail.waitFor(/\/orders\/2/);
    tail.press('p');
    await tail.waitFor(/^ paused: 0 waiting /m);
    await tail.send(ORDER(3), { 'url.path': '/carts', 'client.address': IPV6 });
    const row = (path: string): string => `14:03:07  200   12.4ms            GET     ${path}`;
    const titles = 'UTC               took  ┿p50╂p95  method  path';
    const [paused] = partsOf(await tail.waitFor(/^ paused: 2 waiting /m));
    assert.deepEqual(paused, [titles, row('/orders/1'), row('/orders/2')]);
    tail.press('/', 'ORDERS/3', 'Enter');
    const [found] = partsOf(await tail.waitFor(/ORDERS\/3 {2}1 of 4, Esc ends/));
    assert.deepEqual(found, [titles, row('/orders/3')]);
    await tail.send(ORDER(33));
    tail.press('p');
    const [more] = partsOf(await tail.waitFor(/2 of 5, Esc ends/));
    assert.deepEqual(more, [titles, row('/orders/3'), row('/orders/33')]);
    tail.press('Up', 'Up', 'Escape', 'Down', 'Enter');
    const [full] = partsOf(await tail.waitFor(/^One record/));
    assert.deepEqual(full, [
      'One record  ↑↓ scroll  ←→ the one before, the next  Esc closes',
      'record',
      '  event name                    -',
      '  time                          2026-11-23T14:03:07.153456789Z',
      '  observed                      2026-11-23T14:03:07.123456789Z',
      '  severity                      9',
      '  body                          -',
      '  trace id                      4bf92f3577b34da6a3ce929d0e0e4736',
      '  span id                       -',
      '  flags                         00',
      'attributes',
      '  access_log.outcome            "completed"',
      `  client.address                "${IPV6}"`,
      '  http.request.method           "GET"',
      '  http.response.status_code     200',
      '  http.server.request.duration  0.0124',
      '  url.path                      "/carts"',
      'resource',
      '  service.name                  "shop"',
      'scope',
      '  name                          ""',
      '  version                       ""',
    ]);
    tail.press('Left');
    await tail.waitFor(/"\/orders\/3"/);
    tail.press('Escape');
    await tail.waitFor(/^UTC/);
    tail.press('?');
    await tail.waitFor(/━━━┿──╂─ {2}The duration against what the route takes/);
    tail.press('q');
    const [end, code] = partsOf(await tail.waitFor(/^exit code/m));
    assert.deepEqual(end.slice(-6), [
      ...['/orders/1', '/orders/2', '/orders/3', '/carts', '/orders/33'].map(row),
      'requests 5, errors 0 (0.0%), suppressed 0, lost 0',
    ]);
    assert.equal(code, 'exit code 0');
  });

  test('records of standard input, keys of the terminal', async (t) => {
    const file = inRepo('test/e2e/fixtures/records.jsonl');
    const tail = startInTerminal(t, `cat ${file} | ${COMMAND} --from -`, { columns: 80, rows: 10 });
    const [lines, bottom] = partsOf(await tail.waitFor(/end of the file/));
    assert.deepEqual(lines, [
      'UTC               took  ┿p50╂p95  service    method  path',
      '14:03:07  200   12.4ms            shop       GET     /tail/json',
      '14:03:08  404    1.2ms            shop       GET     /stdout/json?page=2',
      '14:03:09  200    5.0ms            collector  POST    /collector',
    ]);
    assert.equal(bottom, '3 requests  errors 0.0%  suppressed 0  lost 0  unreadable 1  end of the file');
    tail.press('q');
    await tail.waitFor(/requests 3, errors 0 \(0\.0%\), suppressed 0, lost 0, unreadable 1\nexit code 0$/);
  });
});
