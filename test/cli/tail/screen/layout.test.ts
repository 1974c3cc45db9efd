import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { layOut } from '../../../../src/cli/tail/screen/layout.ts';
import { RowMaker } from '../../../../src/cli/tail/screen/row-maker.ts';
import { displayWidth, plainText } from '../../../../src/render/line-cells.ts';
import { exchange, record } from '../support/records.ts';

const IPV6 = '2001:db8:85a3:8d3:1319:8a2e:370:7348';
const LONG = '/static/assets/fonts/inter/v13/latin-extended/inter-regular.woff2';

const RECORDS = [
  exchange(),
  exchange({ 'client.address': IPV6, 'http.route': undefined, 'url.path': LONG, 'url.query': 'v=13' }),
  exchange({
    'url.path': LONG,
    'http.request.method': 'OPTIONS',
    'http.response.status_code': undefined,
    'access_log.outcome': 'aborted',
    'error.type': 'ECONNRESET',
  }),
  exchange({ 'url.path': '/', 'http.route': '/', 'access_log.suppressed_before': 12 }),
  record({ 'access_log.event': 'heartbeat', 'access_log.total.served': 3, 'access_log.total.kept': 3 }),
];

function seen(records: readonly Parameters<RowMaker['row']>[0][], columns: number): string[] {
  const maker = new RowMaker();
  const rows = records.map((one) => maker.row(one));
  const { titles, lines } = layOut(rows, { columns, hasServices: maker.hasServices });
  return [titles, ...lines].map(plainText);
}

describe('records in columns', () => {
  const tables: readonly (readonly [columns: number, lines: readonly string[]])[] = [
    [
      40,
      [
        '        took  method   path',
        '200   12.4ms  GET      /orders/42',
        '200   12.4ms  GET      /static/assets/f…',
        '---   12.4ms  OPTIONS  /static/asset…  …',
        '200   12.4ms  GET      /  +12 suppresse…',
        'heartbeat  3 served = 3 kept',
      ],
    ],
    [
      80,
      [
        'UTC               took  ┿p50╂p95  outcome  method   path',
        '14:03:07  200   12.4ms                     GET      /orders/42',
        '14:03:07  200   12.4ms                     GET      /static/assets/fonts/inter/…',
        '14:03:07  ---   12.4ms            aborted  OPTIONS  /static/assets/…  ECONNRESET',
        '14:03:07  200   12.4ms                     GET      /  +12 suppressed before',
        '14:03:07  heartbeat  3 served = 3 kept',
      ],
    ],
    [
      120,
      [
        'UTC               took  ┿p50╂p95  trace     client           outcome  method   route         path',
        '14:03:07  200   12.4ms            4bf92f35  203.0.113.7               GET      /orders/:id   /orders/42',
        '14:03:07  200   12.4ms            4bf92f35  2001:db…70:7348           GET      -             /static/assets/fonts/inter…',
        '14:03:07  ---   12.4ms            4bf92f35  203.0.113.7      aborted  OPTIONS  /orders/:id   /static/assets…  ECONNRESET',
        '14:03:07  200   12.4ms            4bf92f35  203.0.113.7               GET      /             +12 suppressed before',
        '14:03:07  heartbeat  3 served = 3 kept',
      ],
    ],
    [
      200,
      [
        'UTC                    took  ┿p50╂p95  trace     client                                outcome  method   route         path',
        `14:03:07.123Z  200   12.4ms            4bf92f35  203.0.113.7                                    GET      /orders/:id   /orders/42`,
        `14:03:07.123Z  200   12.4ms            4bf92f35  ${IPV6}           GET      -             ${LONG}?v=13`,
        `14:03:07.123Z  ---   12.4ms            4bf92f35  203.0.113.7                           aborted  OPTIONS  /orders/:id   ${LONG}  ECONNRESET`,
        '14:03:07.123Z  200   12.4ms            4bf92f35  203.0.113.7                                    GET      /             +12 suppressed before',
        '14:03:07.123Z  heartbeat  3 served = 3 kept',
      ],
    ],
  ];
  for (const [columns, lines] of tables) {
    test(`at ${columns} columns`, () => assert.deepEqual(seen(RECORDS, columns), lines));
  }

  test('an IPv6 client widens them only while it is among them', () => {
    assert.deepEqual(seen([exchange()], 200), [
      'UTC                    took  ┿p50╂p95  trace     client           method  route         path',
      '14:03:07.123Z  200   12.4ms            4bf92f35  203.0.113.7      GET     /orders/:id   /orders/42',
    ]);
  });

  test('the service is there where there are two', () => {
    assert.deepEqual(seen([exchange(), exchange({}, 'till')], 80), [
      'UTC               took  ┿p50╂p95  service  method  path',
      '14:03:07  200   12.4ms            shop     GET     /orders/42',
      '14:03:07  200   12.4ms            till     GET     /orders/42',
    ]);
  });

  test('method, status, duration and 14 characters of the path have room at 80 columns, whatever came', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 100 });
    const attributes = fc.record(
      {
        'http.route': text,
        'client.address': text,
        'error.type': text,
        'access_log.outcome': fc.constantFrom('completed', 'aborted', 'rejected'),
        'access_log.suppressed_before': fc.integer(),
      },
      { requiredKeys: [] },
    );
    const path = `/${'x'.repeat(23)}/and/on`;
    fc.assert(
      fc.property(fc.array(fc.tuple(attributes, text), { minLength: 1, maxLength: 5 }), (list) => {
        const records = list.map(([some, service]) => exchange({ ...some, 'url.path': path }, service));
        for (const line of seen(records, 80).slice(1)) {
          assert.match(line, / 200 {3}12\.4ms .* GET {5}\/x{12}/u);
          assert.ok(displayWidth(line) <= 80, line);
        }
      }),
      { numRuns: 30 },
    );
  });
});
