// Names in the documents: a variable or an attribute that is renamed or mistyped is found here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { REPLAY } from '../../src/delivery/start-delivery.ts';
import { explainOtelEnvironment } from '../../src/options/explain.ts';
import { resolveOtelEnvironment } from '../../src/options/otel-environment.ts';
import { resolveOptions } from '../../src/options/resolve.ts';
import { detectResource } from '../../src/options/resource/detect-resource.ts';
import { parseRulesFile } from '../../src/options/rules/rules-file.ts';
import { configVariable, optionNames, variableOf } from '../../src/options/schema.ts';
import * as attributeNames from '../../src/record/attributes/attribute-names.ts';
import { ATTRIBUTE_ROWS } from '../../src/record/attributes/attribute-table.ts';
import { REQUEST_EVENT } from '../../src/record/record-builder.ts';
import {
  heartbeatEvent,
  longExchangeEvent,
  lostEvent,
  rulesLoadedEvent,
  rulesRefusedEvent,
  suppressedEvent,
} from '../../src/sampling/events/events.ts';
import { modeEvent } from '../../src/sampling/mode/mode-events.ts';
import { offendersEvent } from '../../src/sampling/shares/offenders.ts';
import { inRepo } from '../support/repo-root.ts';
import { codeSpans, pages, readPage } from './support/markdown.ts';

/** Every name that is looked for in an environment where nothing is set. */
function variablesRead(): Set<string> {
  const read = new Set<string>();
  const env = new Proxy<NodeJS.ProcessEnv>(
    {},
    {
      get(_target, name) {
        read.add(String(name));
        return undefined;
      },
    },
  );
  resolveOtelEnvironment(env);
  explainOtelEnvironment(env);
  detectResource({ detectors: ['env'], includes: () => true }, { env, instanceId: '' });
  return read;
}

function variablesOfFiles(...files: readonly string[]): string[] {
  return files.flatMap((file) =>
    [...readFileSync(inRepo(file), 'utf8').matchAll(/\$\{(?:env:)?([A-Z_\d]+)/g)].map(
      ([, name = '']) => name,
    ),
  );
}

const OBJECT_STORAGE = ['docker/loki-s3.yaml', 'docker/loki-gcs.yaml', 'docker/loki-cluster.yaml'];

const VARIABLES: ReadonlySet<string> = new Set([
  ...optionNames.map(variableOf),
  configVariable.name,
  ...variablesRead(),
  ...variablesOfFiles('otel-collector.yaml', 'docker/loki.yaml', ...OBJECT_STORAGE),
]);

function eventsAndAttributes(): string[] {
  const entry = { route: '/', method: undefined, statusClass: '2xx', cause: '400' };
  const counted = { ...entry, count: 1, windowStart: '1' };
  const byMethod = { ...counted, route: undefined, method: 'GET' };
  const dropped = { connections: 1, requests: 1, fields: 1 };
  const exchanges = {
    served: 1,
    ignored: 0,
    suppressed: 0,
    kept: 1,
    delivered: 1,
    lost: 0,
    pending: 0,
    dropped,
    masking: { failed: 1, notScanned: 1 },
    adopted: 0,
    shadow: { kept: 0, suppressed: 0, bytes: 0 },
  };
  const rules = { hash: '0', keyId: '0', isStale: true, runtime: ['rate=1'], unmatched: ['query.code'] };
  const open = { severity: { number: 9, text: 'INFO' }, line: '', attributes: {} };
  const events = [
    suppressedEvent(counted),
    lostEvent(byMethod),
    heartbeatEvent({ totals: exchanges, mode: 'normal', processId: 'process', isFinal: true, rules }),
    modeEvent({ mode: 'errors', reason: 'starved', durationMs: 0 }, ['/ 2xx']),
    offendersEvent([{ name: 'a', count: 1 }], [{ name: '/', count: 1 }]),
    modeEvent({ mode: 'normal', reason: 'starved', durationMs: 1 }, []),
    rulesLoadedEvent(rules),
    rulesRefusedEvent({ errorType: 'invalid', problem: '', message: '' }, rules),
  ];
  for (const milestone of ['started', 'progress'] as const) {
    events.push(longExchangeEvent(milestone, open, undefined, 1));
  }
  return [
    REQUEST_EVENT,
    ...events.flatMap(({ eventName, attributes }) => [eventName, ...Object.keys(attributes)]),
  ];
}

/** Written on a kept record by the sampling processor. */
const SUPPRESSED_BEFORE = 'access_log.suppressed_before';

const ATTRIBUTES: ReadonlySet<string> = new Set([
  ...ATTRIBUTE_ROWS.map(([, { name }]) => name),
  ...Object.values(attributeNames),
  SUPPRESSED_BEFORE,
  REPLAY,
  ...eventsAndAttributes(),
]);

/** A function of Node, and names of ECS beside members of JSON lines. */
const NO_ATTRIBUTES: ReadonlySet<string> = new Set(['http.request', 'http.response.body.bytes', 'client.ip']);
const GROUPS = 'access_log|client|error|http|network|server|session|tenant|url|user|user_agent';

for (const page of pages) {
  const { blocks, prose } = readPage(page);
  const text = [prose, ...blocks.map((block) => block.text)].join('\n');
  const spans = codeSpans(prose);

  test(`${page}: every variable is one that is read`, () => {
    // A message about a mistake shows the mistake.
    const named = text
      .replaceAll(/\w+: no such option/g, '')
      .matchAll(/\b(?:ACCESS_LOG|OTEL|COLLECTOR|LOKI)_[A-Z_\d]*[A-Z\d*]/g);
    const unknown = [...named].map(([name]) => name).filter((name) => !isKnownVariable(name));
    assert.deepEqual(unknown, []);
  });

  test(`${page}: every attribute is one that is written`, () => {
    const inText = spans.filter((span) => new RegExp(`^(?:${GROUPS})\\.[\\w.<>-]+$`).test(span));
    const unknown = inText.filter((name) => !isKnownAttribute(name) && !NO_ATTRIBUTES.has(name));
    assert.deepEqual(unknown, []);
  });

  test(`${page}: every attribute in LogQL is one that is written`, () => {
    const logql = blocks.filter(({ language }) => language === 'logql').map((block) => block.text);
    const labels = logql.join('\n').match(new RegExp(`\\b(?:${GROUPS})_\\w+`, 'g')) ?? [];
    const known = new Set([...ATTRIBUTES].map((name) => name.replaceAll('.', '_')));
    assert.deepEqual(
      labels.filter((label) => !known.has(label)),
      [],
    );
  });

  test(`${page}: every setting is taken`, () => {
    const shell = blocks.filter(({ language }) => language === 'sh').map((block) => block.text);
    const settings = [...shell.join('\n').matchAll(/\b((?:ACCESS_LOG|OTEL)_\w+)=(\S+)/g)];
    const inText = spans.filter((span) => !span.includes(' node '));
    for (const span of inText) settings.push(...span.matchAll(/^((?:ACCESS_LOG|OTEL)_\w+)=(.+)$/g));
    for (const { language, text: yaml } of blocks) {
      if (language !== 'yaml') continue;
      if (/^version: 1$/m.test(yaml)) {
        parseRulesFile(Buffer.from(yaml), page, true);
        continue;
      }
      if (/^file_format:/m.test(yaml)) {
        const file = { OTEL_CONFIG_FILE: 'otel.yaml' };
        resolveOptions({}, file, () => Buffer.from(yaml));
        assert.deepEqual(resolveOtelEnvironment(file, () => Buffer.from(yaml)).warnings, []);
        continue;
      }
      const { env = [], ...options }: { env?: { name: string; value?: string }[] } = parse(yaml);
      for (const { name, value = '' } of env) settings.push(...`${name}=${value}`.matchAll(/^(\w+)=(.*)$/g));
      resolveOptions(options, {});
    }
    for (const [, name = '', value = ''] of settings) {
      // What is hashed needs a key, which another setting names.
      resolveOptions({}, { ACCESS_LOG_HASH_KEY_FILE: '/key', [name]: value });
      assert.deepEqual(resolveOtelEnvironment({ [name]: value }).warnings, [], name);
    }
  });
}

function isKnownVariable(name: string): boolean {
  if (!name.endsWith('*')) return VARIABLES.has(name);
  return [...VARIABLES].some((known) => known.startsWith(name.slice(0, -1)));
}

function isKnownAttribute(name: string): boolean {
  const { AUTH_CLAIM_PREFIX, HTTP_REQUEST_HEADER_PREFIX, HTTP_RESPONSE_HEADER_PREFIX } = attributeNames;
  const prefixes = [AUTH_CLAIM_PREFIX, HTTP_REQUEST_HEADER_PREFIX, HTTP_RESPONSE_HEADER_PREFIX];
  return prefixes.some((prefix) => name.startsWith(prefix)) || ATTRIBUTES.has(name);
}
