import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { TARGET, USER_AGENT } from '../processes/application.ts';

const AUTOCANNON = createRequire(import.meta.url).resolve('autocannon');
/** Kept-alive connections, each with one request at a time. */
export const CONNECTIONS = 32;

/** What is read of autocannon's report. */
interface Report {
  readonly errors: number;
  readonly timeouts: number;
  readonly non2xx: number;
  readonly '2xx': number;
  readonly throughput: { readonly total: number };
}

export interface Load {
  /** Ends it. @throws Error unless every response had status 2xx and `responseBytes` bytes */
  stop(responseBytes: number): Promise<void>;
}

/** Loads the server on that port, as fast as it answers, for at most `seconds`. */
export function startLoad(port: number, seconds: number, cores: readonly string[]): Load {
  const [command = process.execPath, ...rest] = [...cores, process.execPath];
  const url = `http://127.0.0.1:${port}${TARGET}`;
  const options = ['--json', '--connections', `${CONNECTIONS}`, '--duration', `${Math.ceil(seconds)}`];
  const child = spawn(
    command,
    [...rest, AUTOCANNON, ...options, '--headers', `user-agent=${USER_AGENT}`, url],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = once(child, 'close');
  return {
    async stop(responseBytes) {
      child.kill('SIGINT');
      await ended;
      const { errors, timeouts, non2xx, '2xx': fine, throughput } = JSON.parse(output) as Report;
      if (errors + timeouts + non2xx > 0 || throughput.total !== fine * responseBytes) {
        throw new Error(
          `Expected only responses of status 2xx and ${responseBytes} bytes, got ${fine} 2xx of ` +
            `${throughput.total / fine} bytes, ${non2xx} others, ${errors} errors, ${timeouts} timeouts`,
        );
      }
    },
  };
}
