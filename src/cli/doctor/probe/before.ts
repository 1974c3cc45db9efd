import { Server as HttpServer } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import { Server } from 'node:net';
import { watchLoaderHooks, watchRequests } from './process-state.ts';
import { redirect } from './redirect.ts';
import { report, task } from './report-to-doctor.ts';

const OBSERVER = Symbol.for('otel-access-log.observer');

if (task !== undefined) {
  const variables = Object.entries(process.env).filter(([name]) => /^(?:OTEL|ACCESS_LOG)_/.test(name));
  report({
    type: 'start',
    pid: process.pid,
    node: process.versions.node,
    main: process.argv[1] ?? null,
    execArgv: [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)],
    variables: Object.fromEntries(variables) as Record<string, string>,
    observer: Reflect.get(globalThis, OBSERVER) ?? null,
  });
  watchLoaderHooks();
  watchRequests();
  watchListening();
  redirect(task.endpoint);
}

function watchListening(): void {
  const listen = Server.prototype.listen;
  Server.prototype.listen = function (this: Server, ...args: unknown[]): Server {
    if (this instanceof HttpServer || this instanceof HttpsServer) {
      this.once('listening', () => {
        const address = this.address();
        if (address === null) return;
        report({ type: 'listening', pid: process.pid, isSecure: this instanceof HttpsServer, address });
      });
    }
    return Reflect.apply(listen, this, args);
  };
}
