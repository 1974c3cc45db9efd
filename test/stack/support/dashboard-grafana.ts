// Runs the queries of a dashboard as Grafana would: variables, interval and range put in, and asked of Loki.
import { readFileSync } from 'node:fs';
import { inRepo } from '../../support/repo-root.ts';

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly queryType: 'instant' | 'range';
  readonly legendFormat?: string;
  readonly maxLines?: number;
}

export interface DashboardPanel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly Target[];
  readonly transformations?: readonly { readonly id: string }[];
}

export interface DashboardFile {
  readonly uid: string;
  readonly panels: readonly DashboardPanel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
}

export function readDashboard(): DashboardFile {
  return JSON.parse(readFileSync(inRepo('docker/grafana/dashboards/access-log.json'), 'utf8'));
}

/** What stands in the fields above the dashboard; the service is chosen from a list, several at a time. */
export interface Variables {
  readonly service: readonly string[];
  readonly route: string;
  readonly outcome: string;
  readonly slower_than: string;
  readonly trace_id: string;
}

export interface Point {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly value: number;
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly Point[];
  /** Of a log query. */
  readonly lines: readonly string[];
}

export interface Source {
  readonly lokiUrl: string;
  readonly tenant: string;
  /** Seconds since the epoch, multiples of the step. */
  readonly from: number;
  readonly to: number;
  /** Seconds. */
  readonly step: number;
}

interface Answer {
  readonly data: {
    readonly result: readonly {
      readonly metric?: Record<string, string>;
      readonly stream?: Record<string, string>;
      readonly value?: readonly [number, string];
      readonly values?: readonly (readonly [number | string, string])[];
    }[];
  };
}

/** The series of each query of the panel, in the order of the queries. */
export async function runPanel(
  panel: DashboardPanel,
  variables: Variables,
  source: Source,
): Promise<Series[][]> {
  const found: Series[][] = [];
  for (const target of panel.targets) found.push(await runTarget(target, variables, source));
  return found;
}

async function runTarget(target: Target, variables: Variables, source: Source): Promise<Series[]> {
  const query = putIn(target, variables, source);
  const isInstant = target.queryType === 'instant';
  const parameters = isInstant
    ? { query, time: String(source.to) }
    : { query, start: String(source.from), end: String(source.to), step: `${source.step}s` };
  const limit = String(target.maxLines ?? 1_000);
  const search = new URLSearchParams({ ...parameters, limit, direction: 'backward' });
  const path = isInstant ? 'query' : 'query_range';
  const answer = await fetch(`${source.lokiUrl}/loki/api/v1/${path}?${search}`, {
    headers: { 'X-Scope-OrgID': source.tenant },
    signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}\n${query}`);
  const { data } = (await answer.json()) as Answer;
  return data.result.map(({ metric, stream, value, values = [] }) => {
    const all = value ? [value] : values;
    return {
      labels: metric ?? stream ?? {},
      points: metric ? all.map(([time, number]) => ({ time: Number(time), value: Number(number) })) : [],
      lines: stream ? all.map(([, line]) => line) : [],
    };
  });
}

/**
 * As `interpolateVariables` of Grafana's Loki data source, and `interpolateQueryExpr` for what was chosen from a list.
 *
 * @throws Error for a variable that nobody defines
 */
function putIn(target: Target, variables: Variables, { from, to, step }: Source): string {
  const values: Record<string, string> = {
    ...variables,
    service: variables.service.map(escapedForRegex).join('|'),
    __range: `${to - from}s`,
    __auto: `${target.queryType === 'instant' ? to - from : step}s`,
  };
  return target.expr.replaceAll(/\$\{?(\w+)\}?/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no variable ${name}: ${target.expr}`);
    return value;
  });
}

function escapedForRegex(value: string): string {
  return value
    .replaceAll('\\', String.raw`\\\\`)
    .replaceAll(/[$^*{}[\]'+?.()|]/g, (character) => `\\\\${character}`);
}
