// Each alert of docker/prometheus-rules.yaml, evaluated by Prometheus' own code over series in which it must fire, beside
// series in which it must not.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { allMetrics } from '../../src/telemetry/metrics-table.ts';
import { inRepo } from '../support/repo-root.ts';
import { buildRulesTester } from './build.ts';
import { PROMETHEUS_RULES, readAlertRules } from './support/alert-rules.ts';
import { removeAtExit } from './support/daemon.ts';
import { describeWithGo } from './support/suite.ts';

const CASES = inRepo('test/stack/fixtures/prometheus-alerts.yaml');
const rules = readAlertRules(PROMETHEUS_RULES);

/** As the Collector and Prometheus name what OTLP calls so. */
function prometheusName({ name, unit, kind }: ReturnType<typeof allMetrics>[number]): string {
  return `${name.replaceAll('.', '_')}${unit === 'By' ? '_bytes' : ''}${kind === 'counter' ? '_total' : ''}`;
}

test('the alerts name metrics of ours that there are', () => {
  const known = allMetrics().map(prometheusName);
  const named = rules.flatMap(({ expr }) => expr.match(/\botel_\w+/g) ?? []);
  assert.ok(named.length > 0);
  assert.deepEqual(
    named.filter((name) => !known.includes(name)),
    [],
  );
});

describeWithGo('the alerts of Prometheus', () => {
  let tester: string;
  before(async () => {
    tester = await buildRulesTester();
  });

  function run(cases: string): Promise<{ code: number; output: string }> {
    return new Promise((resolve) => {
      execFile(tester, [cases], (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
      });
    });
  }

  /** The cases, about rules that all have this expression. */
  function withExpression(expr: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'otel-access-log-rules-'));
    removeAtExit(folder);
    const { groups } = parse(readFileSync(inRepo(PROMETHEUS_RULES), 'utf8'));
    for (const group of groups) for (const rule of group.rules) rule.expr = expr;
    writeFileSync(join(folder, 'rules.yaml'), stringify({ groups }));
    const cases = { ...parse(readFileSync(CASES, 'utf8')), rule_files: ['rules.yaml'] };
    writeFileSync(join(folder, 'cases.yaml'), stringify(cases));
    return join(folder, 'cases.yaml');
  }

  test('each fires, and its healthy twin is silent', async () => {
    assert.deepEqual(await run(CASES), { code: 0, output: `${CASES}: 17 cases\n` });
  });

  for (const [what, expr] of [
    ['never fires', 'vector(0) > 1'],
    ['fires for all', 'vector(1)'],
  ] as const) {
    test(`an alert that ${what} is found, each of them`, async () => {
      const { code, output } = await run(withExpression(expr));
      assert.equal(code, 1);
      const found = [...output.matchAll(/: (\w+) at /g)].map(([, name = '']) => name);
      assert.deepEqual([...new Set(found)].sort(), rules.map(({ alert }) => alert).sort());
    });
  }
});
