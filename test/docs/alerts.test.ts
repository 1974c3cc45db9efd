// Alerts, the pages that they lead to, and the table of both.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { LOKI_RULES, PROMETHEUS_RULES, readAlertRules } from '../stack/support/alert-rules.ts';
import { inRepo } from '../support/repo-root.ts';
import { readPage, tableRows } from './support/markdown.ts';

const FOLDER = 'docs/runbooks';
const ofLoki = readAlertRules(LOKI_RULES);
const ofPrometheus = readAlertRules(PROMETHEUS_RULES);

/** `CollectorDrops` is `docs/runbooks/collector-drops.md`. */
function pageOf(alert: string): string {
  return `${FOLDER}/${alert.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.md`;
}

for (const { alert, annotations, labels } of [...ofLoki, ...ofPrometheus]) {
  test(`${alert} leads to its page`, () => {
    assert.equal(annotations.runbook_url, pageOf(alert));
    assert.deepEqual(readPage(pageOf(alert)).headings.slice(0, 3), [alert, 'Look at', 'Do']);
    assert.match(labels.severity ?? '', /^(?:critical|warning)$/);
    assert.ok(annotations.summary);
  });
}

test('every page is that of an alert', () => {
  const pages = new Set([...ofLoki, ...ofPrometheus].map(({ alert }) => pageOf(alert)));
  assert.deepEqual(
    readdirSync(inRepo(FOLDER))
      .map((file) => `${FOLDER}/${file}`)
      .sort(),
    [...pages].sort(),
  );
});

test('the table has every alert, where it comes from, and its severity', () => {
  const has = (rules: typeof ofLoki, alert: string): string =>
    rules.some((rule) => rule.alert === alert) ? 'yes' : '';
  const severity = (alert: string): string | undefined =>
    [...ofLoki, ...ofPrometheus].find((rule) => rule.alert === alert)?.labels.severity;
  assert.deepEqual(
    tableRows('docs/alerts.md', 'Alerts').map(([alert, loki, prometheus, , level]) => [
      alert,
      loki,
      prometheus,
      level,
    ]),
    ofPrometheus.map(({ alert }) => [
      `[${alert}](${pageOf(alert).replace('docs/', '')})`,
      has(ofLoki, alert),
      has(ofPrometheus, alert),
      severity(alert),
    ]),
  );
});
