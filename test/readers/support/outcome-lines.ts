import { BEFORE_THE_END } from '../../stack/support/outcome-lines.ts';
import { type Ports, request, sendOutcomes } from '../../stack/support/outcomes.ts';
import { selfSigned } from '../../support/certificates.ts';
import type { TestOwner } from '../../support/owner.ts';
import { RawClient } from '../../support/raw-client.ts';
import { inRepo } from '../../support/repo-root.ts';
import { type App, spawnApp, spawnNode } from '../../support/spawn-app.ts';

/** Exchanges of {@link linesOfOutcomes}: those that end before their process does, and one that ends with it. */
export const EXCHANGES: number = BEFORE_THE_END + 1;

interface Lines {
  /** What the service wrote to standard output. */
  readonly stdout: readonly string[];
  /** What `tail` wrote: of each exchange too. */
  readonly tail: readonly string[];
}

export interface Tail {
  readonly app: App;
  /** As for `OTEL_EXPORTER_OTLP_ENDPOINT`, over HTTP. */
  readonly endpoint: string;
}

/** Starts `otel-access-log tail` on free ports. */
export async function startTail(owner: TestOwner, args: readonly string[]): Promise<Tail> {
  const app = spawnNode(owner, { args: [inRepo('build/src/cli.js'), 'tail', '--port', '0', ...args] });
  const [, endpoint = ''] = await app.waitFor(/ or (\S+) \(HTTP\)$/m);
  return { app, endpoint };
}

/** Exchanges that end in every way that there is, as lines of a service and of `tail`. */
export async function linesOfOutcomes(
  owner: TestOwner,
  stdout: 'combined' | 'json',
  tailFormat: 'goaccess' | 'json',
): Promise<Lines> {
  const tail = await startTail(owner, ['--format', tailFormat]);
  const first = await startService(owner, tail, stdout);
  await sendOutcomes(owner, first.ports);
  await tail.app.waitFor(exchanges(tailFormat, BEFORE_THE_END));
  await first.app.stop();
  const second = await startService(owner, tail, stdout);
  const client = await RawClient.connect(owner, { port: second.ports.plain });
  await client.send(request('/crashed', 'crashed'));
  await second.app.exited;
  await tail.app.waitFor(exchanges(tailFormat, EXCHANGES));
  await tail.app.stop();
  return {
    stdout: [first, second].flatMap(({ app }) => ownLines(app.stdout)),
    tail: tail.app.stdout.trimEnd().split('\n'),
  };
}

async function startService(
  owner: TestOwner,
  tail: Tail,
  stdout: string,
): Promise<{ readonly app: App; readonly ports: Ports }> {
  const { cert, key } = await selfSigned();
  const app = await spawnApp(owner, {
    args: ['--import', 'otel-access-log/register', inRepo('test/stack/fixtures/outcomes.mjs')],
    env: {
      OTEL_SERVICE_NAME: 'shop',
      OTEL_EXPORTER_OTLP_ENDPOINT: tail.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      ACCESS_LOG_TLS_ERRORS: 'true',
      ACCESS_LOG_STDOUT: stdout,
      TLS_CERT: cert,
      TLS_KEY: key,
    },
  });
  const [, ports = ''] = await app.waitFor(/^ports (.*)$/m);
  return { app, ports: JSON.parse(ports) };
}

/** So many exchanges, between other records in JSON. */
function exchanges(format: 'goaccess' | 'json', count: number): RegExp {
  const mark = format === 'json' ? '"access_log.outcome":' : '^\\{"ts":';
  return new RegExp(`(?:${mark}[^]*?){${count}}`, 'm');
}

/** Without those of the service itself. */
function ownLines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !/^(?:listening|ports) /.test(line));
}
