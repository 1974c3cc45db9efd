import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { inRepo } from '../../support/repo-root.ts';
import { type App, spawnNode } from '../../support/spawn-app.ts';

const COMMAND = inRepo('build/src/cli.js');
const RECEIVING = /OTLP_ENDPOINT=(\S+) \(gRPC\) or (\S+) \(HTTP\)/;
/** The most memory that the process ever had, on standard error at its end. */
const TELL_MEMORY = `process.on('exit', () => console.error('at most ' + process.resourceUsage().maxRSS + ' KiB'));`;
/** Of heap. One message fits in; the routes of all messages together do not. */
const HEAP_MIB = 128;
const MAX_RSS_MIB = 400;

export interface Tail {
  readonly app: App;
  readonly grpc: string;
  readonly http: string;
}

export async function startTail(t: TestContext, args: readonly string[] = []): Promise<Tail> {
  const flags = [`--max-old-space-size=${HEAP_MIB}`, '--import', `data:text/javascript,${TELL_MEMORY}`];
  const app = spawnNode(t, { args: [...flags, COMMAND, 'tail', '--port', '0', ...args] });
  // Read, and not kept.
  app.child.stdout?.removeAllListeners('data').resume();
  const [, grpc = '', http = ''] = await app.waitFor(RECEIVING);
  return { app, grpc, http };
}

/** Ends it and checks the memory that it had. @returns its totals */
export async function endOf({ app }: Tail): Promise<string> {
  assert.deepEqual(await app.stop(), { code: 0, signal: null });
  const [, total = '', kib] = /^(requests .*)\nat most (\d+) KiB\n$/m.exec(app.stderr) ?? [];
  const mib = Number(kib) / 1024;
  assert.ok(mib < MAX_RSS_MIB, `${mib} MiB\n${app.stderr}`);
  return total;
}
