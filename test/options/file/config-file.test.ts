import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type GivenOptions,
  resolveOptions,
  resolveOptionsWithSources,
} from '../../../src/options/options.ts';
import { DEFAULTS } from '../support/defaults.ts';
import { problemsOf } from '../support/problems-of.ts';

const PATH = '/etc/shop/access-log.yaml';
const RULES = 'a list of "[METHOD ]glob", the glob beginning with / or *';

/** Resolves with a file of that content. */
function resolveText(text: string, env: NodeJS.ProcessEnv = {}, input: GivenOptions = {}) {
  return resolveOptions(input, { ACCESS_LOG_CONFIG: PATH, ...env }, () => Buffer.from(text));
}

// First, since what is loaded once stays.
test('yaml is loaded only where there is a file, and the file is read once', () => {
  const { cache } = createRequire(import.meta.url);
  const isYamlLoaded = () => Object.keys(cache).some((file) => /node_modules[\\/]yaml[\\/]/.test(file));
  const calls: [path: string, maxBytes: number][] = [];
  const readFile = (path: string, maxBytes: number) => {
    calls.push([path, maxBytes]);
    return Buffer.from('rate: 5');
  };
  assert.deepEqual(resolveOptions({}, { ACCESS_LOG_CONFIG: ' ' }, readFile), DEFAULTS);
  assert.deepEqual({ calls, loaded: isYamlLoaded() }, { calls: [], loaded: false });
  assert.deepEqual(resolveOptions({}, { ACCESS_LOG_CONFIG: PATH }, readFile), { ...DEFAULTS, rate: 5 });
  assert.deepEqual({ calls, loaded: isYamlLoaded() }, { calls: [[PATH, 65_537]], loaded: true });
});

describe('a configuration file', () => {
  const good: readonly [text: string, want: GivenOptions][] = [
    ['', {}],
    ['# nothing yet\n', {}],
    ['---\n...\n', {}],
    ['{}', {}],
    ['\u{feff}rate: 5\r\nburst: 6\r\n', { rate: 5, burst: 6 }],
    ['enabled: false', { enabled: false }],
    ['stdout: off', { stdout: 'off' }],
    ['%YAML 1.1\n---\nstdout: off', { stdout: 'off' }],
    ['rate: 0.5\nslowMs: 1e3\nburst: 0x10', { rate: 0.5, slowMs: 1000, burst: 16 }],
    ['ignore: []\nsensitivePaths: []', { ignore: [], sensitivePaths: [] }],
    ['ignore:\n  - /health\n  - "GET /metrics"\n', { ignore: ['/health', 'GET /metrics'] }],
    ['noise: &probes [/health]\nignore: *probes', { noise: ['/health'], ignore: ['/health'] }],
    ['noise: &a [&b /a, &b /b]\nignore: [*b]', { noise: ['/a', '/b'], ignore: ['/b'] }],
    ['rate: &n 5\nburst: *n', { rate: 5, burst: 5 }],
    [`ignore: [${'/a,'.repeat(1000)}]`, { ignore: Array(1000).fill('/a') }],
    ['requestHeaders: [X-Request-Id]', { requestHeaders: ['x-request-id'] }],
    ['{"$schema": "s.json", "level": "warn"}', { level: 'warn' }],
    ['{\n\t"rate": 5,\n\t"ignore": [\n\t\t"/a"\n\t]\n}\n', { rate: 5, ignore: ['/a'] }],
  ];
  for (const [text, want] of good) {
    test(`${JSON.stringify(text).slice(0, 100)} is taken`, () => {
      assert.deepEqual(resolveText(text), { ...DEFAULTS, ...want });
    });
  }

  const multiplied = ['&a [x]', '&b [*a,*a,*a,*a,*a,*a,*a,*a]', '&c [*b,*b,*b,*b,*b,*b,*b,*b]'];
  const bad: readonly [text: string, ...messages: string[]][] = [
    ['# c\nlevel: warn\nrate: fast', 'access-log.yaml:3: rate: expected a number ≥ 0, got "fast"'],
    ['rate: "5"', 'access-log.yaml:1: rate: expected a number ≥ 0, got "5"'],
    ['rate:', 'access-log.yaml:1: rate: expected a number ≥ 0, got null'],
    ['rate: .inf', 'access-log.yaml:1: rate: expected a number ≥ 0, got Infinity'],
    ['rate: {per: 1}', 'access-log.yaml:1: rate: expected a number ≥ 0, got an object'],
    ['rate: !!set {a}', 'access-log.yaml:1: rate: expected a number ≥ 0, got an object'],
    [
      '__proto__: 5\nrate: !!binary aGk=',
      'access-log.yaml:2: rate: expected a number ≥ 0, got an object',
      'access-log.yaml:1: __proto__: no such option',
    ],
    ['enabled: no', 'access-log.yaml:1: enabled: expected true or false, got "no"'],
    ['body: JSON', 'access-log.yaml:1: body: expected one of line, json, combined, got "JSON"'],
    ['ignore: /health', `access-log.yaml:1: ignore: expected ${RULES}, got "/health"`],
    [
      'ignore:\n  - /ok\n  - health\n  - 5\n',
      `access-log.yaml:3: ignore: expected ${RULES}, got "health", 5`,
    ],
    [
      'noise: &a\n  - /ok\n  - health\nignore: *a\n',
      `access-log.yaml:3: ignore: expected ${RULES}, got "health"`,
      `access-log.yaml:3: noise: expected ${RULES}, got "health"`,
    ],
    ['ignore: &a [*a]', `access-log.yaml:1: ignore: expected ${RULES}, got an array`],
    ['\nslow_ms: 5', 'access-log.yaml:2: slow_ms: no such option, did you mean slowMs?'],
    ['ACCESS_LOG_RATE: 5', 'access-log.yaml:1: ACCESS_LOG_RATE: no such option, did you mean rate?'],
    ['colour: red', 'access-log.yaml:1: colour: no such option'],
    ['__proto__: {rate: 5}', 'access-log.yaml:1: __proto__: no such option'],
    ['"a\\nb": 5', 'access-log.yaml:1: what is no name: no such option'],
    ['secret=x: 5', 'access-log.yaml:1: what is no name: no such option'],
    ['x-secret: 5', 'access-log.yaml:1: "x-secret": no such option'],
    ['<<: {rate: 5}', 'access-log.yaml:1: "<<": no such option'],
    ['skip: true', 'access-log.yaml:1: skip: a function, so in code or in the module of hooks only'],
    [
      'rate: 5\nattributes: {}',
      'access-log.yaml:2: attributes: a function, so in code or in the module of hooks only',
    ],
    ['{"$schema": 5}', 'access-log.yaml:1: $schema: expected a text, got 5'],
    ['rate: 5\nburst: 5\nrate: 6', 'access-log.yaml:3: rate: is already set in line 1'],
    ['- rate: 5', 'access-log.yaml:1: expected options by their names, got a list'],
    ['\n\n[]', 'access-log.yaml:3: expected options by their names, got a list'],
    ['*a', 'access-log.yaml:1: expected options by their names, got something else'],
    ['rate 5', 'access-log.yaml:1: expected options by their names, got a text'],
    ['authorization=Bearer SECRET\nx=y', 'access-log.yaml:1: expected options by their names, got a text'],
    [
      '5: x\n[a]: 5\n? \n',
      'access-log.yaml:1: expected the name of an option, got 5',
      'access-log.yaml:2: expected the name of an option, got something else',
      'access-log.yaml:3: expected the name of an option, got null',
    ],
    [
      'level: info\nrate: a: b',
      'access-log.yaml:2: neither YAML nor JSON: Nested mappings are not allowed in compact mappings',
    ],
    ['ignore:\n\t- /a', 'access-log.yaml:2: neither YAML nor JSON: Tabs are not allowed as indentation'],
    ['{"rate": 5', 'access-log.yaml:1: neither YAML nor JSON: Flow map must end with a }'],
    ['rate: 5\n---\nrate: 6', 'access-log.yaml:2: neither YAML nor JSON: more than one document'],
    ['rate: !fast 5', 'access-log.yaml:1: neither YAML nor JSON: a tag that is not known'],
    ['rate: "\\SECRET"', 'access-log.yaml:1: neither YAML nor JSON: an escape sequence that is not known'],
    ['%SECRET\n---\nrate: 5', 'access-log.yaml:1: neither YAML nor JSON: a directive that is not known'],
    ['rate: | SECRET', 'access-log.yaml:1: neither YAML nor JSON: Not a YAML token'],
    ['\nignore: *none', 'access-log.yaml:2: neither YAML nor JSON: an alias without an anchor before it'],
    ['ignore: [/a, *none]', 'access-log.yaml:1: neither YAML nor JSON: an alias without an anchor before it'],
    [
      'ignore: *b\nnoise: &b [/a]',
      'access-log.yaml:1: neither YAML nor JSON: an alias without an anchor before it',
    ],
    [
      `ignore: [${multiplied.join(', ')}, *c, *c]`,
      `access-log.yaml:1: ignore: expected ${RULES}, got an array, an array, an array and 2 more`,
    ],
    [`ignore: [${'/a,'.repeat(1001)}]`, 'access-log.yaml:1: ignore: expected at most 1000 items, got 1001'],
    ['['.repeat(20_000), 'access-log.yaml:1: neither YAML nor JSON: nested too deeply'],
    ['- '.repeat(20_000), 'access-log.yaml:1: neither YAML nor JSON: nested too deeply'],
    ['{"a":'.repeat(12_000), 'access-log.yaml:1: neither YAML nor JSON: nested too deeply'],
  ];
  for (const [text, ...messages] of bad) {
    test(`${JSON.stringify(text).slice(0, 100)} is refused`, () => {
      assert.deepEqual(
        problemsOf(() => resolveText(text)),
        messages.map((message) => `${message} (from the file)`),
      );
    });
  }

  test('of a flood of mistakes the first are told', () => {
    const unknown = Array.from({ length: 3000 }, (_, at) => `option${at}: 1\n`).join('');
    const told = problemsOf(() => resolveText(unknown));
    assert.equal(told.length, 11);
    assert.equal(told.at(-1), 'access-log.yaml: and 2990 more keys that are no options (from the file)');
    assert.equal(problemsOf(() => resolveText('rate: 1\n'.repeat(8000))).length, 10);
  });

  test('with an odd name is named on one line', () => {
    const read = () => Buffer.from('rate: x');
    const env = { ACCESS_LOG_CONFIG: '/etc/a\nb.yaml' };
    assert.deepEqual(
      problemsOf(() => resolveOptions({}, env, read)),
      ['"a\\nb.yaml":1: rate: expected a number ≥ 0, got "x" (from the file)'],
    );
  });
});

describe('precedence', () => {
  const text = 'rate: 1\nburst: 1\nerrorRate: 1\n';
  const env = { ACCESS_LOG_RATE: '2', ACCESS_LOG_BURST: '2' };

  test('is code, environment, file, default; and each option tells where it is from', () => {
    const { options, sources, problems } = resolveOptionsWithSources(
      { rate: 3, skip: () => false },
      { ACCESS_LOG_CONFIG: PATH, ...env },
      () => Buffer.from(text),
    );
    const { rate, burst, errorRate, errorBurst } = options;
    assert.deepEqual(
      { rate, burst, errorRate, errorBurst },
      { rate: 3, burst: 2, errorRate: 1, errorBurst: 1000 },
    );
    const byDefault = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, { kind: 'default' }]));
    assert.deepEqual(sources, {
      ...byDefault,
      rate: { kind: 'code' },
      burst: { kind: 'environment', variable: 'ACCESS_LOG_BURST' },
      errorRate: { kind: 'file', path: PATH, line: 3 },
      skip: { kind: 'code' },
    });
    assert.ok(Object.isFrozen(options) && Object.isFrozen(sources));
    assert.deepEqual(problems, []);
  });

  test('is told also where values cannot be used', () => {
    const { options, sources, problems } = resolveOptionsWithSources(
      {},
      { ACCESS_LOG_CONFIG: PATH, ACCESS_LOG_BURST: 'x', ACCESS_LOG_SLOW_MS: '5' },
      () => Buffer.from('level: loud\nrate: 1000'),
    );
    const { burst, slowMs, level, rate } = options;
    assert.deepEqual(
      { burst, slowMs, level, rate },
      { burst: undefined, slowMs: 5, level: undefined, rate: 1000 },
    );
    assert.deepEqual(
      [sources.burst, sources.level, sources.rate],
      [
        { kind: 'environment', variable: 'ACCESS_LOG_BURST' },
        { kind: 'file', path: PATH, line: 1 },
        { kind: 'file', path: PATH, line: 2 },
      ],
    );
    assert.equal(problems.length, 2);
  });

  test('a value of the file that is overridden is not looked at; its other mistakes are told with all others', () => {
    assert.equal(resolveText('rate: fast', { ACCESS_LOG_RATE: '2' }).rate, 2);
    assert.equal(resolveText('rate: fast', {}, { rate: 3 }).rate, 3);
    assert.deepEqual(
      problemsOf(() => resolveText('rates: 1\nburst: 0', { ACCESS_LOG_RATE: 'x' }, { slowMs: -1 })),
      [
        'ACCESS_LOG_RATE: expected a number ≥ 0, got "x" (from the environment)',
        'access-log.yaml:2: burst: expected a whole number ≥ 1, got 0 (from the file)',
        'slowMs: expected a number ≥ 0, or a time such as 250ms, 2s or 5m, got -1 (from code)',
        'access-log.yaml:1: rates: no such option, did you mean rate? (from the file)',
      ],
    );
  });
});

test('any text gives options or problems of one line', () => {
  const word = fc.constantFrom(
    ...['rate', 'ignore', 'level', ': ', ':', '\n', '  ', '- ', '[', ']', '{', '}', ',', '"', "'", '\t', '#'],
    ...['? ', '& ', '&a ', '*a', '!x ', '!!str ', '|', '>', '---\n', '...\n', '%YAML 1.1\n', '<<', '5', '/a'],
    ...['info', 'null', '~', '\\', '\u{feff}', '\r', '__proto__', '@', '`'],
  );
  const text = fc.oneof(
    fc.array(word, { maxLength: 12 }).map((words) => words.join('')),
    fc.string({ unit: 'binary' }),
  );
  const seen = { resolved: 0, refused: 0 };
  fc.assert(
    fc.property(text, (content) => {
      const problems = problemsOf(() => resolveText(content));
      for (const line of problems)
        assert.match(line, /^access-log\.yaml:\d+: [^\n\r]{1,500} \(from the file\)$/);
      seen[problems.length === 0 ? 'resolved' : 'refused']++;
    }),
    { numRuns: 3000 },
  );
  assert.ok(seen.resolved > 100 && seen.refused > 1000, JSON.stringify(seen));
});
