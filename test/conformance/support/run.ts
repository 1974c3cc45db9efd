import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { TestOwner } from '../../support/owner.ts';
import { isExchange, startTestReceiver } from '../../support/receiver.ts';
import { inRepo } from '../../support/repo-root.ts';
import { spawnNode } from '../../support/spawn-app.ts';

export interface RunOptions {
  /** The Node that plays. */
  readonly node: string;
  /** Which program plays. */
  readonly fixture: 'play-scenarios.js' | 'play-streams.js';
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Contexts are managed, as by an SDK. */
  readonly hasContexts?: boolean;
}

type Attributes = Readonly<Record<string, unknown>>;

/** What all scenarios of one transport showed, and the records of their exchanges, by scenario. */
export interface Recorded<Played> {
  readonly played: readonly Played[];
  /** Those of each play, in the order of their beginnings. */
  readonly recordsOf: (played: Played) => readonly Attributes[];
  /** How many records came in all. */
  readonly recordCount: number;
  /** Standard error of the process. */
  readonly stderr: string;
}

const FIXTURES = new URL('../fixtures/', import.meta.url);
const CONTEXTS = pathToFileURL(inRepo(join('test', 'conformance', 'fixtures', 'manage-contexts.mjs'))).href;

/** Plays all scenarios in a process without the package. */
export async function playBare<Played>(owner: TestOwner, options: RunOptions): Promise<readonly Played[]> {
  return (await playIn<Played>(owner, options, [], {})).played;
}

/** Plays all scenarios in a process under the preload. */
export async function playRecorded<Played extends { readonly port: number }>(
  owner: TestOwner,
  options: RunOptions,
): Promise<Recorded<Played>> {
  const receiver = await startTestReceiver(owner);
  const { played, stderr } = await playIn<Played>(owner, options, ['--import', 'otel-access-log/register'], {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
  });
  const exchanges = receiver.records
    .filter(isExchange)
    .sort((a, b) => (a.timeUnixNano < b.timeUnixNano ? -1 : 1));
  return {
    played,
    recordsOf: ({ port }) =>
      exchanges
        .filter(({ attributes }) => attributes['network.peer.port'] === port)
        .map(({ attributes }) => attributes),
    recordCount: exchanges.length,
    stderr,
  };
}

async function playIn<Played>(
  owner: TestOwner,
  { node, fixture, env: ofPlay, hasContexts = false }: RunOptions,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly played: readonly Played[]; readonly stderr: string }> {
  const app = spawnNode(owner, {
    node,
    args: [
      ...(hasContexts ? ['--import', CONTEXTS] : []),
      ...args,
      fileURLToPath(new URL(fixture, FIXTURES)),
    ],
    env: { ...env, ...ofPlay },
  });
  const { code } = await app.exited;
  if (code !== 0) throw new Error(`the scenarios ended with ${code}\n${app.stderr}`);
  const lines = app.stdout.split('\n').filter((line) => line !== '');
  return { played: lines.map((line): Played => JSON.parse(line)), stderr: app.stderr };
}
