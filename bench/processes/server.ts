/** The benchmarked service: `server.js [module of a HandlerLog]`, on a free port. */
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { type HandlerLog, handle } from './application.ts';
import { answerRunner, type ServerAnswers, type Usage } from './protocol.ts';

// By require, since that is what an instrumentation's hook hears of.
const { createServer }: typeof import('node:http') = createRequire(import.meta.url)('node:http');

const [logModule] = process.argv.slice(2);
const log: HandlerLog | undefined =
  logModule === undefined
    ? undefined
    : ((await import(logModule)) as { readonly startLog: () => HandlerLog }).startLog();

let served = 0;
const server = createServer((request, response) => {
  served += 1;
  log?.observe(request, response);
  handle(request, response);
});

function usage(): Usage {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return {
    served,
    atMs: performance.now(),
    userMicros: userCPUTime,
    systemMicros: systemCPUTime,
    peakRssKib: maxRSS,
  };
}

async function finish(): Promise<Usage> {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
  await log?.flush();
  return usage();
}

server.listen(0, '127.0.0.1', () => {
  answerRunner<ServerAnswers>((server.address() as AddressInfo).port, { usage, finish });
});
