// Names, units, kinds and descriptions of the semantic conventions: those of the package that has them, and, since that
// has no units, those of the official processor and exporter.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { allMetrics, exchangesMetric, type MetricReading } from '../../src/telemetry/metrics-table.ts';
import { TestRecord } from '../delivery/stream/support/scene.ts';
import { inRepo } from '../support/repo-root.ts';
import { meterScene } from './support/collected.ts';

const NOTHING: MetricReading = {
  totals: {},
  lostByType: new Map(),
  delivery: undefined,
  processor: {},
  exporter: {},
  rules: undefined,
  mode: undefined,
};

const conventional = allMetrics().filter(({ name }) => name.startsWith('otel.sdk.'));

/** The first paragraph of the comment of a constant. */
function describedAs(constant: string): string | undefined {
  const main = createRequire(import.meta.url).resolve('@opentelemetry/semantic-conventions/incubating');
  const types = readFileSync(join(dirname(main), 'experimental_metrics.d.mts'), 'utf8');
  const before = types.slice(0, types.indexOf(`declare const ${constant}:`));
  return /^ \* (.+)$/m.exec(before.slice(before.lastIndexOf('/**')))?.[1];
}

describe('metrics of the semantic conventions', () => {
  test('have their names and descriptions', () => {
    const expected = Object.entries(conventions)
      .filter(([constant]) => /^METRIC_OTEL_SDK_(?:PROCESSOR|EXPORTER)_LOG_/.test(constant))
      .map(([constant, name]) => [name, describedAs(constant)]);
    assert.equal(expected.length, 5);
    const found = conventional.map(({ name, description }) => [name, description]);
    assert.deepEqual(found.sort(), expected.sort());
  });

  // The official exporter has `{log}` where the conventions have `{log_record}`.
  test('have the units of the official processor, and the kinds of that and the official exporter', async (t) => {
    const { provider, collect } = meterScene(t);
    const exporter = new OTLPLogExporter({
      url: 'http://127.0.0.1:9',
      timeoutMillis: 50,
      selfObsMeterProvider: provider,
    });
    const processor = new BatchLogRecordProcessor({ exporter, selfObsMeterProvider: provider });
    processor.onEmit(new TestRecord('any'));
    await processor.shutdown();
    const official = [
      ...(await collect('@opentelemetry/sdk-logs')),
      ...(await collect('@opentelemetry/otlp-exporter')),
    ];
    const shapes = new Map(
      official.map(({ name, unit, kind }) => [name, { unit: unit.replace('{log}', '{log_record}'), kind }]),
    );
    // An observable instrument is read no more after the shutdown of its processor.
    const expected = conventional.filter(({ name }) => name !== 'otel.sdk.processor.log.queue.size');
    assert.deepEqual(
      expected.map(({ name, unit, kind }) => [name, { unit, kind }]),
      expected.map(({ name }) => [name, shapes.get(name)]),
    );
  });
});

test('each metric has its row in the documents, with its unit', () => {
  const rows = readFileSync(inRepo('docs/metrics.md'), 'utf8').matchAll(
    /^\| `(otel[a-z_.]+)` \| `([^`]+)` \|/gm,
  );
  assert.deepEqual(
    [...rows].map(([, name, unit]) => `${name} ${unit}`).sort(),
    allMetrics()
      .map(({ name, unit }) => `${name} ${unit}`)
      .sort(),
  );
});

test('rules that are not in force any more are observed as 0, the last eight of them', () => {
  const rules = allMetrics().find(({ name }) => name === 'otel_access_log.rules');
  const observed = (hash: string | undefined, isStale = false): Record<string, number> => {
    const points: Record<string, number> = {};
    const status = { hash, isStale, keyId: undefined, runtime: [] };
    rules?.observe({ ...NOTHING, rules: status }, (value, attributes) => {
      points[`${attributes?.hash} ${attributes?.stale}`] = value;
    });
    return points;
  };
  assert.deepEqual(observed('a'), { 'a false': 1, 'a true': 0 });
  assert.deepEqual(observed('a', true), { 'a false': 0, 'a true': 1 });
  assert.deepEqual(observed('b'), { 'a false': 0, 'a true': 0, 'b false': 1, 'b true': 0 });
  for (let hash = 0; hash < 20; hash += 1) observed(`${hash}`);
  const points = observed('a');
  assert.equal(Object.keys(points).length, 2 * 9);
  assert.deepEqual(
    Object.entries(points).filter(([, value]) => value === 1),
    [['a false', 1]],
  );
});

describe('lost exchanges', () => {
  const rows: readonly [what: string, lost: number, byType: Record<string, number>, points: object][] = [
    ['none: one point at 0', 0, {}, { _OTHER: 0 }],
    ['all with a type', 5, { UNAVAILABLE: 2, queue_full: 3 }, { UNAVAILABLE: 2, queue_full: 3, _OTHER: 0 }],
    ['some of which delivery says no type', 5, { queue_full: 3 }, { queue_full: 3, _OTHER: 2 }],
    ['too many types', 6, { queue_full: 3, _OTHER: 1 }, { queue_full: 3, _OTHER: 3 }],
  ];
  for (const [what, lost, byType, points] of rows) {
    test(what, () => {
      const found: Record<string, number> = {};
      exchangesMetric().observe(
        { ...NOTHING, totals: { lost }, lostByType: new Map(Object.entries(byType)) },
        (value, attributes) => {
          assert.equal(attributes?.state, 'lost');
          found[String(attributes?.['error.type'])] = value;
        },
      );
      assert.deepEqual(found, points);
    });
  }

  test('a process that knows nothing observes nothing', () => {
    for (const { name, observe } of allMetrics()) observe(NOTHING, () => assert.fail(name));
  });
});
