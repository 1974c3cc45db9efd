// Agents that trace a process without a tracer provider of OpenTelemetry: how each is started.
import type { TestOwner } from '../../support/owner.ts';
import { startTestReceiver, type TestReceiver } from '../../support/receiver.ts';
import { type App, spawnApp } from '../../support/spawn-app.ts';
import type { Application } from './application.ts';
import type { Agent } from './lines.ts';
import { nodeBinary } from './node-binary.ts';
import { TOGETHER } from './traffic.ts';

interface AgentStart {
  /** What loads it before the application. */
  readonly preload: readonly string[];
  /** It keeps quiet, and sends nothing that would be waited for. */
  readonly env: Readonly<Record<string, string>>;
  /** Added where it is to trace nothing. */
  readonly untraced: Readonly<Record<string, string>>;
}

const AGENTS: Readonly<Record<Agent, AgentStart>> = {
  'dd-trace': {
    preload: ['--require', 'dd-trace/init'],
    env: {
      DD_TRACE_AGENT_URL: 'http://127.0.0.1:9',
      DD_TRACE_STARTUP_LOGS: 'false',
      DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
      DD_REMOTE_CONFIGURATION_ENABLED: 'false',
    },
    untraced: { DD_TRACE_DISABLED_PLUGINS: 'http' },
  },
  newrelic: {
    preload: ['--require', 'newrelic'],
    env: {
      NEW_RELIC_APP_NAME: 'shop',
      NEW_RELIC_LICENSE_KEY: '0'.repeat(40),
      NEW_RELIC_HOST: '127.0.0.1',
      NEW_RELIC_PORT: '9',
      NEW_RELIC_NO_CONFIG_FILE: 'true',
      NEW_RELIC_LOG_ENABLED: 'false',
    },
    untraced: { NEW_RELIC_DISTRIBUTED_TRACING_ENABLED: 'false' },
  },
  sentry: { preload: ['--import', './sentry.mjs'], env: {}, untraced: { LANE_TRACES: 'off' } },
};

/** Starts the application of an agent under the preload; the agent's own comes before ours, or after it. */
export async function startWithAgent(
  owner: TestOwner,
  agent: Agent,
  { folder }: Application,
  node: string,
  { isFirst = true, isTracing = true }: { readonly isFirst?: boolean; readonly isTracing?: boolean } = {},
): Promise<{ readonly app: App & { readonly port: number }; readonly receiver: TestReceiver }> {
  const receiver = await startTestReceiver(owner);
  const { preload, env, untraced } = AGENTS[agent];
  // What is required comes before what is imported.
  const ours = [isFirst ? '--import' : '--require', 'otel-access-log/register'];
  const app = await spawnApp(owner, {
    node: await nodeBinary(node),
    cwd: folder,
    args: [...(isFirst ? [...preload, ...ours] : [...ours, ...preload]), 'express.cjs'],
    env: {
      ...env,
      ...(isTracing ? {} : untraced),
      LANE_LINE: agent,
      LANE_TOGETHER: String(TOGETHER),
      OTEL_SERVICE_NAME: 'shop',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
    },
  });
  return { app, receiver };
}
