/** The ways in which a process ends, and what becomes of its records: the rows of the table in docs/delivery.md. */

/** What becomes of the records that no receiver has acknowledged when the end begins. */
export type Fate = 'delivered' | 'counted' | 'on disk' | 'lost';

export interface WayOfEnding {
  /** In the words of the document. */
  readonly name: string;
  /** `APP_END` of the fixture. */
  readonly app: string;
  /** Signals that the test sends, in order; none where the service is asked for `/end`. */
  readonly signals?: readonly NodeJS.Signals[];
  /** While the receiver takes exports. */
  readonly up: Fate;
  /** While it does not. */
  readonly down: Fate;
  /** While it does not, with a spool. */
  readonly spooled: Fate;
}

const usual = { up: 'delivered', down: 'counted', spooled: 'on disk' } as const;

export const WAYS: readonly WayOfEnding[] = [
  { name: 'SIGTERM', app: '', signals: ['SIGTERM'], ...usual },
  { name: 'SIGINT', app: '', signals: ['SIGINT'], ...usual },
  {
    name: "SIGTERM, and the application's handler closes the server",
    app: 'handled',
    signals: ['SIGTERM'],
    ...usual,
  },
  {
    name: "SIGINT, and the application's handler closes the server",
    app: 'handled',
    signals: ['SIGINT'],
    ...usual,
  },
  { name: '`server.close()`', app: 'close', ...usual },
  { name: 'nothing left to do', app: 'idle', ...usual },
  { name: '`process.exit()`', app: 'exit', ...usual },
  { name: 'an uncaught exception', app: 'throw', ...usual },
  { name: 'an unhandled rejection', app: 'reject', ...usual },
  { name: '`process.exit()` in a worker thread', app: 'thread exit', ...usual },
  { name: '`process.exit()` in a cluster worker', app: 'cluster exit', ...usual },
  { name: '`cluster.worker.disconnect()`', app: 'cluster disconnect', ...usual },
  {
    name: 'SIGSTOP, SIGCONT, later SIGTERM',
    app: '',
    signals: ['SIGSTOP', 'SIGCONT', 'SIGTERM'],
    ...usual,
  },
  {
    name: 'SIGKILL (`kill -9`)',
    app: '',
    signals: ['SIGKILL'],
    up: 'lost',
    down: 'lost',
    spooled: 'on disk',
  },
];

const WORDS: Readonly<Record<Fate, string>> = {
  delivered: 'delivered',
  counted: 'lost, and counted on standard error',
  'on disk': 'on disk',
  lost: 'lost: nothing runs that could count them',
};

/** The table, as it stands in docs/delivery.md. */
export function tableOfEndings(): string {
  return [
    '| the process ends by | the receiver takes exports | it refuses connections, does not answer, or reads nothing | the same, with a spool |',
    '|---|---|---|---|',
    ...WAYS.map(({ name, up, down, spooled }) => {
      const onDisk = name.startsWith('SIGKILL') ? 'on disk, but for the last 200 ms' : WORDS[spooled];
      return `| ${name} | ${WORDS[up]} | ${WORDS[down]} | ${onDisk} |`;
    }),
  ].join('\n');
}
