// Metrics as a reader of the SDK collects them.
import { type Attributes, metrics as api } from '@opentelemetry/api';
import { metrics } from '@opentelemetry/sdk-node';
import type { TestOwner } from '../../support/owner.ts';

/** A reader that collects when it is asked to. */
class ManualReader extends metrics.MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

export interface CollectedMetric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly kind: 'counter' | 'updowncounter' | 'gauge' | 'histogram';
  /** Each value, with its attributes. */
  readonly points: readonly (readonly [attributes: Attributes, value: unknown])[];
}

interface MeterScene {
  readonly provider: metrics.MeterProvider;
  /** What the instruments of a scope have now, by name. Default: those of the access log. */
  collect(scope?: string): Promise<readonly CollectedMetric[]>;
  /** What callbacks of instruments threw. */
  collectErrors(): Promise<readonly unknown[]>;
}

export function meterScene(owner: TestOwner): MeterScene {
  const reader = new ManualReader();
  const provider = new metrics.MeterProvider({ readers: [reader] });
  owner.after(() => provider.shutdown().catch(() => undefined));
  return {
    provider,
    collect: async (scope = 'otel-access-log') => {
      const { resourceMetrics } = await reader.collect();
      const found = resourceMetrics.scopeMetrics.filter(({ scope: { name } }) => name === scope);
      return found.flatMap((one) => one.metrics.map(shown)).sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    collectErrors: async () => (await reader.collect()).errors,
  };
}

function shown({ descriptor, dataPoints, ...metric }: metrics.MetricData): CollectedMetric {
  const { name, unit, description } = descriptor;
  const points = dataPoints.map(({ attributes, value }) => [attributes, value] as const);
  return { name, unit, description, kind: kindOf(metric), points };
}

function kindOf(metric: Omit<metrics.MetricData, 'descriptor' | 'dataPoints'>): CollectedMetric['kind'] {
  switch (metric.dataPointType) {
    case metrics.DataPointType.SUM:
      return 'isMonotonic' in metric && metric.isMonotonic ? 'counter' : 'updowncounter';
    case metrics.DataPointType.GAUGE:
      return 'gauge';
    default:
      return 'histogram';
  }
}

/** Registers it as the application does, and takes it away when the test ends. */
export function register(owner: TestOwner, provider: metrics.MeterProvider): void {
  api.setGlobalMeterProvider(provider);
  owner.after(async () => api.disable());
}
