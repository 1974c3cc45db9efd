import { subscribe } from 'node:diagnostics_channel';
import { Server } from 'node:http';
import Module, { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ServerMessage } from '../../../http/http1/node-internals.ts';
import { registeredTracerProvider } from '../../../http/trace/trace-context.ts';
import { findTracingAgent } from '../../../http/trace/tracing-agent.ts';
import type { ProcessState } from './messages.ts';
import { report } from './report-to-doctor.ts';

/** The slot of `@opentelemetry/api`, of either line. */
const API = Symbol.for('opentelemetry.js.api.1');

/** The access log's own, for the routes of Hono: its source, or the file that registers it. */
const OWN_HOOK = /otel-access-log\.hono|[\\/]dist[\\/]register\.js$/;

const loaderHooks: string[] = [];

/** Records every registration of module loader hooks: Node has no API to list them. */
export function watchLoaderHooks(): void {
  for (const name of ['register', 'registerHooks'] as const) {
    const original: unknown = Reflect.get(Module, name);
    if (typeof original !== 'function') continue;
    Reflect.set(Module, name, (...args: unknown[]): unknown => {
      const hook = name === 'register' ? String(args[0]) : fileOfCaller(fileURLToPath(import.meta.url));
      if (!OWN_HOOK.test(hook)) loaderHooks.push(hook);
      return Reflect.apply(original, Module, args);
    });
  }
  // ES modules have copies.
  syncBuiltinESMExports();
}

/** Reports the state of the process at its first request: by then every SDK has started. */
export function watchRequests(): void {
  let isReported = false;
  subscribe('http.server.request.start', (message) => {
    if (isReported) return;
    isReported = true;
    const { server } = message as ServerMessage;
    report({ type: 'request', pid: process.pid, state: stateOf(server) });
  });
}

function stateOf(server: Server): ProcessState {
  const provider = providerOf();
  const agent = provider === null ? findTracingAgent(server) : undefined;
  return {
    // Node takes it away where the main module is an ES module, also where it finds that out by the syntax.
    modules: Reflect.get(process, 'mainModule') === undefined ? 'esm' : 'commonjs',
    isHttpInstrumented: Reflect.get(Server.prototype.emit, '__wrapped') === true,
    provider,
    agent: agent === undefined ? null : { name: agent.name ?? null },
    apiVersion: textOf(Reflect.get(Object(Reflect.get(globalThis, API)), 'version')),
    loaderHooks,
  };
}

function providerOf(): ProcessState['provider'] {
  const provider = registeredTracerProvider();
  if (provider === undefined) return null;
  const { resource, _resource }: { resource?: unknown; _resource?: unknown } = provider as object;
  const attributes: unknown = Reflect.get(Object(_resource ?? resource), 'attributes');
  return {
    // Bundlers number names that occur twice.
    className: provider.constructor.name.replace(/\$\d+$/, ''),
    version: textOf(Reflect.get(Object(attributes), 'telemetry.sdk.version')),
    hasRegister: typeof Reflect.get(provider, 'register') === 'function',
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** The first file of the call stack that is not this one, and not Node's. */
export function fileOfCaller(self: string): string {
  const here = fileURLToPath(import.meta.url);
  for (const line of (new Error().stack ?? '').split('\n').slice(1)) {
    const place = /(?:\(|at )(?:async )?((?:file:|\/|[A-Za-z]:\\).*?):\d+:\d+\)?$/.exec(line)?.[1];
    if (place === undefined) continue;
    const file = place.startsWith('file:') ? fileURLToPath(place) : place;
    if (file !== self && file !== here) return file;
  }
  return 'unknown';
}
