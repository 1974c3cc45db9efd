/** The load generator, autocannon: `load.js PORT CONNECTIONS [KIND OF REQUEST]`, until it is asked to stop. */
import { createRequire } from 'node:module';
import { type RequestKind, requestsOf } from './application.ts';
import { answerRunner, type LoadAnswers, type LoadResult } from './protocol.ts';

/** What is used of autocannon, which has no types of its own. */
type Autocannon = (
  options: {
    readonly url: string;
    readonly connections: number;
    /** Seconds. */
    readonly duration: number;
    /** Sent in turn on each connection. */
    readonly requests: readonly {
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
    }[];
  },
  onEnd: (error: Error | null, report: Report) => void,
) => { stop(): void };

interface Report {
  readonly errors: number;
  readonly timeouts: number;
  readonly non2xx: number;
  readonly '2xx': number;
  readonly throughput: { readonly total: number };
}

const LONGER_THAN_ANY_RUN_S = 600;

const require = createRequire(import.meta.url);
const autocannon: Autocannon = require('autocannon');
const [port, connections, kind = 'plain'] = process.argv.slice(2);

// Never asleep: waking it is work of the kernel that is charged to the server that answers it, and the more so the slower
// that server is. In a virtual machine it costs more than the write itself.
const spin = (): void => void setImmediate(spin);
spin();

let instance: ReturnType<Autocannon> | undefined;
const result = new Promise<LoadResult>((resolve, reject) => {
  instance = autocannon(
    {
      url: `http://127.0.0.1:${port}`,
      connections: Number(connections),
      duration: LONGER_THAN_ANY_RUN_S,
      requests: requestsOf(kind as RequestKind).map(({ target, headers }) => ({ path: target, headers })),
    },
    (error, report) => {
      if (error !== null) {
        reject(error);
        return;
      }
      const { errors, timeouts, non2xx, '2xx': fine, throughput } = report;
      resolve({ fine, failed: errors + timeouts + non2xx, bytes: throughput.total });
    },
  );
});

answerRunner<LoadAnswers>(Number(port), {
  stop: () => {
    instance?.stop();
    return result;
  },
});
