// The applications' dependencies: what each line of OpenTelemetry consists of.
import type { Line } from '../lane-table.ts';

const FRAMEWORKS = { express: '5.3.0', fastify: '5.12.8' };

/** Agents that trace a process without a tracer provider of OpenTelemetry. */
export type Agent = 'dd-trace' | 'newrelic' | 'sentry';

/** Next.js with `@vercel/otel`. */
export type NextLine = 'next-14-otel' | 'next-15-otel' | 'next-16-otel';

/** `2.0.1`: the first whose log processors are as ours, for an SDK that is set up with the access log in code. */
export type ApplicationLine = Line | '2.0.1' | NextLine | Agent;

/** With what it wants beside it. */
const VERCEL_OTEL = {
  '@opentelemetry/api': '1.9.1',
  '@opentelemetry/api-logs': '0.223.0',
  '@opentelemetry/instrumentation': '0.223.0',
  '@opentelemetry/resources': '2.12.0',
  '@opentelemetry/sdk-logs': '0.223.0',
  '@opentelemetry/sdk-metrics': '2.12.0',
  '@opentelemetry/sdk-trace-base': '2.12.0',
  '@vercel/otel': '2.1.3',
};

/** What the application of a line depends on, apart from this package. */
export const DEPENDENCIES: Readonly<Record<ApplicationLine, Readonly<Record<string, string>>>> = {
  none: FRAMEWORKS,
  // The oldest NodeSDK 2.x, with the oldest API that its metrics take.
  '2.0': {
    ...FRAMEWORKS,
    '@opentelemetry/api': '1.9.0',
    '@opentelemetry/instrumentation': '0.200.0',
    '@opentelemetry/instrumentation-express': '0.48.0',
    '@opentelemetry/instrumentation-http': '0.200.0',
    '@opentelemetry/resources': '2.0.0',
    '@opentelemetry/sdk-node': '0.200.0',
  },
  // Its tracing alone takes an older API. npm and pnpm share it with this package; yarn gives that a newer copy of its
  // own, which sees nothing of what the older one has registered unless it looks where the API keeps it.
  '2.0-traces': {
    ...FRAMEWORKS,
    '@opentelemetry/api': '1.4.0',
    '@opentelemetry/instrumentation': '0.200.0',
    '@opentelemetry/instrumentation-express': '0.48.0',
    '@opentelemetry/instrumentation-http': '0.200.0',
    '@opentelemetry/resources': '2.0.0',
    '@opentelemetry/sdk-trace-node': '2.0.0',
  },
  '2.0.1': {
    express: FRAMEWORKS.express,
    '@opentelemetry/api': '1.9.0',
    '@opentelemetry/exporter-logs-otlp-proto': '0.203.0',
    '@opentelemetry/instrumentation-express': '0.52.0',
    '@opentelemetry/instrumentation-http': '0.203.0',
    '@opentelemetry/sdk-logs': '0.203.0',
    '@opentelemetry/sdk-node': '0.203.0',
  },
  '2.x': {
    ...FRAMEWORKS,
    '@fastify/otel': '0.21.2',
    '@opentelemetry/api': '1.9.1',
    '@opentelemetry/exporter-logs-otlp-proto': '0.223.0',
    '@opentelemetry/instrumentation': '0.223.0',
    '@opentelemetry/instrumentation-express': '0.71.1',
    '@opentelemetry/instrumentation-http': '0.223.0',
    '@opentelemetry/resources': '2.12.0',
    '@opentelemetry/sdk-logs': '0.223.0',
    '@opentelemetry/sdk-node': '0.223.0',
  },
  // @fastify/otel is of the 2.x line only.
  '3.x': {
    ...FRAMEWORKS,
    '@opentelemetry/api': '1.10.0',
    '@opentelemetry/exporter-logs-otlp-proto': '0.301.0',
    '@opentelemetry/instrumentation': '0.301.0',
    '@opentelemetry/instrumentation-express': '0.72.0',
    '@opentelemetry/instrumentation-http': '0.301.0',
    '@opentelemetry/resources': '3.1.0',
    '@opentelemetry/sdk-logs': '3.1.0',
    '@opentelemetry/sdk-node': '0.301.0',
  },
  'next-14-otel': { ...VERCEL_OTEL, next: '14.2.35', react: '18.3.1', 'react-dom': '18.3.1' },
  'next-15-otel': { ...VERCEL_OTEL, next: '15.5.29', react: '19.3.1', 'react-dom': '19.3.1' },
  'next-16-otel': { ...VERCEL_OTEL, next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' },
  'dd-trace': { express: FRAMEWORKS.express, 'dd-trace': '6.21.0' },
  newrelic: { express: FRAMEWORKS.express, newrelic: '14.5.1' },
  sentry: { express: FRAMEWORKS.express, '@sentry/node': '11.12.0' },
};
