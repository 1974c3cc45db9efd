import type { Framework, RequestKind } from '../processes/application.ts';
import type { LoadAnswers } from '../processes/protocol.ts';
import { Child } from '../support/child.ts';

const AUTOCANNON = new URL('../processes/load.js', import.meta.url);
const HTTP2 = new URL('../processes/http2-load.js', import.meta.url);
const PACED = new URL('../processes/paced-load.js', import.meta.url);
/**
 * Kept-alive connections, each with one request at a time. So many requests at the most are served in one turn of the
 * event loop: with 128, those that came while the load generator was held up took 5 ms, whatever else was done.
 */
export const CONNECTIONS = 32;

export interface Load {
  /** Ends it. @throws Error unless every response had status 2xx and the size that was expected */
  stop(): Promise<void>;
}

/** Loads the server on that port, as fast as it answers. */
export function startLoad(
  port: number,
  responseBytes: number,
  cores: readonly string[],
  kind: RequestKind = 'plain',
): Promise<Load> {
  return start(AUTOCANNON, [port, CONNECTIONS, kind], responseBytes, cores);
}

/** Loads a server of HTTP/2: as many streams as there are connections of HTTP/1. @param responseBytes those of its body */
function startHttp2Load(port: number, responseBytes: number, cores: readonly string[]): Promise<Load> {
  return start(HTTP2, [port, CONNECTIONS], responseBytes, cores);
}

/** What loads a server of that framework. */
export function loadOf(framework: Framework): typeof startHttp2Load {
  return framework === 'http2' ? startHttp2Load : startLoad;
}

/** Loads the server with so many requests per second, evenly, or with as many as it answers. */
export function startPacedLoad(
  port: number,
  responseBytes: number,
  cores: readonly string[],
  rate: number,
): Promise<Load> {
  return start(PACED, [port, CONNECTIONS, rate, responseBytes], responseBytes, cores);
}

async function start(
  script: URL,
  args: readonly (number | string)[],
  responseBytes: number,
  cores: readonly string[],
): Promise<Load> {
  const generator = await Child.start<LoadAnswers>({ cores, script, args: args.map(String) });
  return {
    async stop() {
      const { fine, failed, bytes } = await generator.ask('stop');
      await generator.stop();
      if (failed > 0 || bytes !== fine * responseBytes) {
        throw new Error(
          `Expected only responses of status 2xx and ${responseBytes} bytes, got ${fine} of status 2xx, ` +
            `${failed} failures, ${bytes / fine} bytes each`,
        );
      }
    },
  };
}
