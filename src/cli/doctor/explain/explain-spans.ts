import type { ProcessState } from '../probe/messages.ts';
import type { Finding } from '../report.ts';

/** Hooks that let instrumentations see ES modules. */
const INSTRUMENTATION_HOOK = /import-in-the-middle|instrumentation.*hook/;

/**
 * `2.x` or `3.x`, from `telemetry.sdk.version` of the resource. A resource that was set in code may lack it. Then from
 * what only one of the lines has: `register()` of the provider, and the minor version of the API (3.x needs 1.10).
 */
export function sdkLine({
  provider,
  apiVersion,
}: Pick<ProcessState, 'provider' | 'apiVersion'>): string | undefined {
  if (provider === null) return undefined;
  const major = /^(\d+)\./.exec(provider.version ?? '')?.[1];
  if (major !== undefined) return `${major}.x`;
  if (provider.hasRegister) return '2.x';
  const minor = /^1\.(\d+)\./.exec(apiVersion ?? '')?.[1];
  return minor === undefined ? undefined : Number(minor) >= 10 ? '3.x' : '2.x';
}

/**
 * Whether the server spans of the application's SDK can be there, and if not, why. Pure.
 *
 * @param tracing the option of that name
 * @param hasSpan whether its record has a span: beside an SDK none is made up
 */
export function explainSpans(
  { provider, agent, isHttpInstrumented, modules, loaderHooks }: ProcessState,
  execArgv: readonly string[],
  tracing: string,
  hasSpan: boolean,
): readonly Finding[] {
  if (provider === null) {
    const advice = isHttpInstrumented
      ? [
          'HttpInstrumentation is there all the same: its SDK was not started, or refused (another came first).',
        ]
      : [];
    if (agent !== null && tracing === 'auto') return [explainAgent(agent.name, hasSpan, advice)];
    const what = `No OpenTelemetry SDK is registered: ${WITHOUT_SDK[tracing] ?? ''}`;
    return [{ level: 'note', reason: 'no_sdk', what, advice }];
  }
  if (isHttpInstrumented || hasSpan) return [];
  const what = 'The SDK makes no server spans: http is not instrumented.';
  if (modules === 'commonjs') {
    return [
      {
        level: 'warning',
        reason: 'http_not_instrumented',
        what,
        advice: [
          'Start the SDK before anything loads http: node --require ./sdk.cjs app.js; and let HttpInstrumentation',
          'be among its instrumentations (OTEL_NODE_DISABLED_INSTRUMENTATIONS may leave it out).',
        ],
      },
    ];
  }
  if (loaderHooks.some((hook) => INSTRUMENTATION_HOOK.test(hook)) || hasLoader(execArgv)) {
    return [
      {
        level: 'warning',
        reason: 'http_not_instrumented',
        what: `${what} A loader hook is there.`,
        advice: [
          'Start the SDK in an --import of its own, before the main module imports http, and let HttpInstrumentation',
          'be among its instrumentations (OTEL_NODE_DISABLED_INSTRUMENTATIONS may leave it out).',
        ],
      },
    ];
  }
  const importsHook = execArgv.some((arg) => /instrumentation\/hook\.mjs/.test(arg));
  return [
    {
      level: 'warning',
      reason: 'esm_without_hook',
      what: `${what} The main module is an ES module and no loader hook is registered, the usual reason.`,
      advice: [
        ...(importsHook ? ['--import @opentelemetry/instrumentation/hook.mjs alone registers nothing.'] : []),
        'Put this first into the file that starts the SDK, and load that with --import before the application:',
        "  import { register } from 'node:module';",
        "  register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);",
        'Records come all the same; without server spans they have no ids but the trace of traceparent.',
      ],
    },
  ];
}

/** An agent without a tracer provider: its ids, or none. */
function explainAgent(name: string | null, hasSpan: boolean, advice: readonly string[]): Finding {
  const who = name === null ? 'something else wraps the servers of http' : `${name} is in the process`;
  const which = hasSpan ? 'the ids of its spans' : 'no ids but the trace of the incoming traceparent';
  const what = `No OpenTelemetry SDK is registered, but ${who}: the records have ${which}.`;
  return { level: 'note', reason: 'agent_without_sdk', what, advice };
}

const WITHOUT_SDK: Readonly<Record<string, string>> = {
  auto: 'the ids of the records are their own, in the trace of the incoming traceparent or a new one.',
  context: 'the ids are of the access log, and active in the handlers.',
  spans: 'the access log starts NodeTracerProvider and HttpInstrumentation itself.',
  off: 'the records have no ids (ACCESS_LOG_TRACING=off).',
};

function hasLoader(execArgv: readonly string[]): boolean {
  return execArgv.some(
    (arg, index) =>
      /^--(?:experimental-)?loader=?/.test(arg) &&
      INSTRUMENTATION_HOOK.test(arg.includes('=') ? arg : (execArgv[index + 1] ?? '')),
  );
}
