// What the tests against the real Collector and the real Loki have in common.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { totalsOf } from '../../faults/support/totals.ts';
import type { TestOwner } from '../../support/owner.ts';
import { inRepo } from '../../support/repo-root.ts';
import { type App, spawnApp } from '../../support/spawn-app.ts';
import { goAvailable } from '../build.ts';
import type { LogLine, Sample } from './loki-client.ts';
import { poll } from './poll.ts';
import { type Collector, type Stack, type StackOptions, startStack } from './stack.ts';

/** How the names of a heartbeat's totals begin in Loki. */
export const LOKI_TOTAL = 'access_log_total_';

/** A suite that needs the real Collector or Loki. Without Go it is skipped and says so; where `CI` is set it fails. */
export function describeWithGo(name: string, define: () => void): void {
  const missing = 'the real Collector and Loki are built with Go, and there is no `go` on the PATH';
  if (goAvailable()) describe(name, define);
  else if (process.env.CI) test(name, () => assert.fail(missing));
  else test(name, { skip: missing }, () => undefined);
}

/**
 * A suite whose tests share one stack; see {@link describeWithGo}.
 *
 * @param options called before the stack starts
 */
export function describeStack(
  name: string,
  define: (stack: () => Stack) => void,
  options: () => Promise<StackOptions> = async () => ({}),
): void {
  describeWithGo(name, () => {
    let started: Stack | undefined;
    before(async () => {
      started = await startStack(await options());
    });
    after(async () => {
      await started?.stop();
    });
    define(() => {
      assert.ok(started, 'the stack is there inside tests only');
      return started;
    });
  });
}

export type Service = App & { readonly port: number; readonly name: string };

export interface ServiceOptions {
  /** A file of `test/stack/fixtures`. Default `shop.mjs`. */
  readonly fixture?: string;
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  readonly env?: Readonly<Record<string, string>>;
}

let services = 0;

/** A service under the preload, with a name of its own, by which its lines are found. */
export async function startService(owner: TestOwner, options: ServiceOptions): Promise<Service> {
  const { fixture = 'shop.mjs', endpoint, env } = options;
  const name = `service-${process.pid}-${++services}`;
  const app = await spawnApp(owner, {
    args: ['--import', 'otel-access-log/register', inRepo('test/stack/fixtures', fixture)],
    env: {
      OTEL_SERVICE_NAME: name,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      // Lines are compared as a whole, on any host.
      OTEL_NODE_RESOURCE_DETECTORS: 'none',
      ...env,
    },
  });
  return Object.assign(app, { name });
}

/** What a service logged about its requests. */
export function requestsOf({ name }: Pick<Service, 'name'>): string {
  return `{service_name="${name}"} | access_log_outcome!=""`;
}

/** The lines about requests of a service that has ended; `count` of them, or the test has failed. */
export async function requestLines(stack: Stack, service: Service, count: number): Promise<LogLine[]> {
  const lastWords = `{service_name="${service.name}"} | access_log_final="true"`;
  const [heartbeat] = await stack.waitFor(lastWords, ({ length }) => length > 0);
  totalsOf(heartbeat?.metadata ?? {}, LOKI_TOTAL);
  const lines = await stack.waitFor(requestsOf(service), ({ length }) => length >= count);
  assert.equal(lines.length, count);
  return lines;
}

/** The values of a metric query by the values of some of its labels, joined by blanks. */
export function tableOf(samples: readonly Sample[], ...labels: readonly string[]): Record<string, number> {
  const rows = samples.map((sample) => [labels.map((label) => sample.labels[label]).join(' '), sample.value]);
  return Object.fromEntries(rows);
}

/** One of the Collector's own metrics, by its name without `otelcol_`; 0 before it is first counted. */
export async function metricOf(collector: Collector, name: string): Promise<number> {
  return (await collector.metrics()).get(`otelcol_${name}`) ?? 0;
}

/** Waits until the metric is as wanted. */
export function waitForMetric(
  collector: Collector,
  name: string,
  wanted: (value: number) => boolean,
): Promise<number> {
  return poll({
    what: `the Collector's ${name}`,
    ask: () => metricOf(collector, name),
    wanted,
    show: String,
  });
}
