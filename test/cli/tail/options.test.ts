import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseTailArgs } from '../../../src/cli/tail/options.ts';

const FILTER = { statuses: [], routes: [], services: [] };
const DEFAULTS = {
  host: '127.0.0.1',
  allowedHosts: [],
  grpcPort: 4317,
  httpPort: 4318,
  format: 'line',
  filter: FILTER,
};

describe('arguments of tail', () => {
  const rows: readonly (readonly [args: string, options: object])[] = [
    ['', {}],
    ['--json --host ::1', { format: 'json', host: '::1' }],
    ['--format json --json', { format: 'json' }],
    ['--format goaccess', { format: 'goaccess' }],
    ['--format line', {}],
    [
      '--allow-host tail,tail.test --allow-host my-machine',
      { allowedHosts: ['tail', 'tail.test', 'my-machine'] },
    ],
    ['--port 5000', { grpcPort: 5000, httpPort: 5001 }],
    ['--port 0', { grpcPort: 0, httpPort: 0 }],
    ['--grpc-port 5000', { grpcPort: 5000 }],
    ['--http-port 5000', { httpPort: 5000 }],
    ['--port 65535 --http-port 80', { grpcPort: 65_535, httpPort: 80 }],
    ['--status 404,5XX --status 499', { filter: { ...FILTER, statuses: ['404', '5xx', '499'] } }],
    ['--route /orders/*,*.css', { filter: { ...FILTER, routes: ['/orders/*', '*.css'] } }],
    ['--route=/orders/:id', { filter: { ...FILTER, routes: ['/orders/:id'] } }],
    ['--service shop --service till', { filter: { ...FILTER, services: ['shop', 'till'] } }],
    ['--slow 200ms', { filter: { ...FILTER, slowSeconds: 0.2 } }],
    ['--slow 1.5s', { filter: { ...FILTER, slowSeconds: 1.5 } }],
    ['--slow 2m', { filter: { ...FILTER, slowSeconds: 120 } }],
    ['--from access.jsonl', { from: 'access.jsonl' }],
    ['--from -', { from: '-' }],
    ['--trace 4BF9', { filter: { ...FILTER, trace: '4bf9' } }],
  ];
  for (const [args, options] of rows) {
    test(args === '' ? 'none' : args, () => {
      assert.deepEqual(parseTailArgs(args.split(' ').filter(Boolean)), { ...DEFAULTS, ...options });
    });
  }

  test('help', () => {
    assert.equal(parseTailArgs(['--help']), undefined);
    assert.equal(parseTailArgs(['-h']), undefined);
  });

  const mistakes: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['--port', '65536'], /^--port: expected a port from 0 to 65535, got "65536"$/],
    [
      ['--port', '65535'],
      /^--port: expected a port below 65535, since HTTP takes the next one, got "65535"$/,
    ],
    [['--grpc-port', 'http'], /^--grpc-port: expected a port from 0 to 65535, got "http"$/],
    [['--http-port', '4317'], /^--http-port: expected another port than that of gRPC, got "4317"$/],
    [
      ['--allow-host', 'tail:4318'],
      /^--allow-host: expected the name of a host, without a port, got "tail:4318"$/,
    ],
    [['--allow-host', ''], /^--allow-host: expected .*, got ""$/],
    [
      ['--status', '5x'],
      /^--status: expected codes and classes such as 404 or 5xx, from 100 to 599, got "5x"$/,
    ],
    [['--status', '6xx'], /^--status: expected .*, got "6xx"$/],
    [['--status', '5xx,0xx'], /^--status: expected .*, got "0xx"$/],
    [['--status', '600'], /^--status: expected .*, got "600"$/],
    [['--from', 'a.jsonl', '--port', '4317'], /^--port: expected no --from beside it/],
    [['--status', ''], /^--status: expected .*, got ""$/],
    [
      ['--route', 'orders/*'],
      /^--route: expected \[METHOD \]glob, the glob beginning with \/ or \*, got "orders\/\*"$/,
    ],
    [['--slow', '200'], /^--slow: expected a time such as 200ms, 1.5s or 2m, got "200"$/],
    [['--format', 'caddy'], /^--format: expected line, json, goaccess, got "caddy"$/],
    [['--format', 'goaccess', '--json'], /^--format: expected json beside --json, got "goaccess"$/],
    [['--trace', 'xyz'], /^--trace: expected up to 32 hexadecimal digits, got "xyz"$/],
    [['--statsu', '5xx'], /'--statsu'/],
    [['--status'], /--status/],
    [['file.log'], /file\.log/],
  ];
  for (const [args, message] of mistakes) {
    test(`a mistake: ${args.join(' ')}`, () => {
      assert.throws(() => parseTailArgs(args), { name: 'TypeError', message });
    });
  }
});
