import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';

/** Runtimes that have a `node:http` of their own, by their names in `process.versions`. */
const RUNTIMES = { bun: 'Bun', deno: 'Deno' } as const;

const CHANNEL = 'http.server.request.start';

/**
 * Where another runtime than Node runs the process: looks at its first request, and warns if it was not published on the
 * diagnostics channel. Such a runtime serves, and nothing is ever recorded (Bun 1.4, Deno 2.5).
 *
 * @param onSilent receives the message
 */
export function watchForSilence(
  onSilent: (message: string) => void,
  versions: Readonly<Record<string, string | undefined>> = process.versions,
): void {
  const runtime = Object.entries(RUNTIMES).find(([key]) => versions[key] !== undefined);
  if (runtime === undefined) return;
  const [key, name] = runtime;
  // Loaded early: the instrumentations for whose sake we wait on Node see nothing here.
  const { Server }: typeof import('node:http') = createRequire(import.meta.url)('node:http');
  const { prototype } = Server;
  const { emit } = prototype;
  let isOver = false;
  const stop = (): void => {
    isOver = true;
    unsubscribe(CHANNEL, stop);
    // Not a property of its own before: it comes from EventEmitter.
    if (prototype.emit === watching) Reflect.deleteProperty(prototype, 'emit');
  };
  function watching(this: object, ...args: unknown[]): unknown {
    if (!isOver && args[0] === 'request') {
      stop();
      onSilent(
        `${name} ${versions[key]} publishes nothing on http.server.request.start: no request is recorded`,
      );
    }
    return Reflect.apply(emit, this, args);
  }
  Object.defineProperty(prototype, 'emit', { value: watching, writable: true, configurable: true });
  // Published before the request is emitted.
  subscribe(CHANNEL, stop);
}
