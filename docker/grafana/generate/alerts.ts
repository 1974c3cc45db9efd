// What the alerts of Loki's ruler see: a panel for each rule of `docker/loki-rules`, with its expression.
import { readFileSync } from 'node:fs';
import type { Panel } from '@grafana/schema';
import { parse } from 'yaml';
import { inRepo } from '../../../test/support/repo-root.ts';
import { timeSeries } from './panels.ts';
import { EVERYTHING } from './queries.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly annotations: { readonly runbook_url: string };
}

/** Panels of the alerts, in the order of the rules. */
export function alertPanels(): Panel[] {
  const text = readFileSync(inRepo('docker/loki-rules/access-log.yaml'), 'utf8');
  const { groups }: { groups: readonly { rules: readonly Rule[] }[] } = parse(text);
  return groups
    .flatMap(({ rules }) => rules)
    .map(({ alert, expr, for: duration, annotations }) =>
      timeSeries(
        {
          title: alert,
          description: `A line is what the alert sees; it fires ${duration === undefined ? 'at once' : `after ${duration}`}. What to do: ${annotations.runbook_url}`,
          ...(alert === 'AccessLogSuppressed' ? { unit: 'percentunit' } : {}),
          queries: [
            {
              expr: expr.replaceAll('{service_name=~".+"}', EVERYTHING),
              legendFormat: '{{service_name}}',
            },
          ],
        },
        'line',
      ),
    );
}
