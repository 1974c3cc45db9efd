import { once } from 'node:events';
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { clientOf, type SeenByClient, type Served } from '../../http/http2/support/servers.ts';
import { actAsClient, prepare, type StreamScenario } from '../../http/http2/support/stream-scenario.ts';
import { Changes } from '../../support/changes.ts';
import type { TestOwner } from '../../support/owner.ts';
import { ListenerCounts } from './listener-counts.ts';

/** What one play of a scenario of HTTP/2 showed, in a form that goes through JSON. */
export interface PlayedStream {
  readonly name: string;
  /** Port of the client, by which the record is known. */
  readonly port: number;
  /** What the client saw, where the scenario has it watched. */
  readonly byClient: SeenByClient | undefined;
  /** Events that the application observed, by their emitter and side, in order. */
  readonly events: Readonly<Record<string, readonly string[]>>;
  /** Listeners and own properties of each emitter, when the stream began and when it closed. */
  readonly listeners: ListenerCounts['counts'];
}

/** Events to whose listeners Node does not react. The two sides of a stream end in any order. */
const STREAM_EVENTS = {
  reading: ['aborted', 'end', 'trailers', 'close'],
  writing: ['aborted', 'ready', 'prefinish', 'finish', 'close'],
} as const;
const SESSION_EVENTS = ['close', 'goaway', 'frameError', 'remoteSettings'];
const usedPorts = new Set<number>();

/** @param serve makes the server, and has it prepared */
export async function playStream(
  scenario: StreamScenario,
  serve: (owner: TestOwner, prepare: (server: Served['server']) => void) => Promise<Served>,
): Promise<PlayedStream> {
  const cleanUps: (() => Promise<void>)[] = [];
  const owner = { after: (cleanUp: () => Promise<void>) => void cleanUps.push(cleanUp) };
  const events: Record<string, string[]> = {};
  const listeners = new ListenerCounts();
  const changes = new Changes();
  let open = 0;
  let begun = 0;
  const served = await serve(owner, (server) => {
    const onSession = (session: ServerHttp2Session): void => {
      // Only those of the last one: a session on a port that was used before has no stream.
      const own: string[] = [];
      events.session = own;
      for (const name of SESSION_EVENTS) session.on(name, () => own.push(name));
    };
    const onStream = (stream: ServerHttp2Stream): void => {
      const { session } = stream;
      open += 1;
      begun += 1;
      listeners.take('at the beginning', { server, stream, ...(session !== undefined && { session }) });
      for (const [side, names] of Object.entries(STREAM_EVENTS)) {
        events[side] ??= [];
        const seen = events[side];
        for (const name of names) stream.on(name, () => seen.push(name));
      }
      stream.on('close', () => {
        listeners.take('at the end', { server, stream });
        open -= 1;
        changes.notify();
      });
    };
    server.on('session', onSession);
    server.on('stream', onStream);
    prepare(server, scenario);
  });
  const [session, port] = await connectOnce(owner, served);
  const byClient = await actAsClient(scenario, session, served.server);
  const isOver = (): true | undefined => (open === 0 && begun > 0 ? true : undefined);
  await changes.until(isOver, 10_000, () => `${scenario.name}: ${open} streams are open`);
  session.destroy();
  const closed = once(served.server, 'close');
  // Destroys the sockets: Node 20 keeps a session that has sent a GOAWAY.
  for (const cleanUp of cleanUps) await cleanUp();
  await closed;
  await nextTurn();
  await nextTurn();
  return { name: scenario.name, port, byClient: withoutDate(byClient), events, listeners: listeners.counts };
}

/** A session on a port that no client of this process had before: an ephemeral one may come again. */
async function connectOnce(
  owner: TestOwner,
  served: Served,
): Promise<readonly [Awaited<ReturnType<typeof clientOf>>, number]> {
  for (;;) {
    const session = await clientOf(owner, served);
    const { localPort = 0 } = session.socket;
    if (!usedPorts.has(localPort)) {
      usedPorts.add(localPort);
      return [session, localPort];
    }
    session.destroy();
  }
}

function withoutDate(byClient: SeenByClient | undefined): SeenByClient | undefined {
  if (byClient === undefined) return undefined;
  const { date: _, ...headers } = byClient.headers;
  return { ...byClient, headers };
}
