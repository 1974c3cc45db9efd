import type { LoadAnswers } from '../processes/protocol.ts';
import { Child } from '../support/child.ts';

const SCRIPT = new URL('../processes/load.js', import.meta.url);
/** Kept-alive connections, each with one request at a time. */
export const CONNECTIONS = 32;

export interface Load {
  /** Ends it. @throws Error unless every response had status 2xx and `responseBytes` bytes */
  stop(responseBytes: number): Promise<void>;
}

/** Loads the server on that port, as fast as it answers. */
export async function startLoad(port: number, cores: readonly string[]): Promise<Load> {
  const generator = await Child.start<LoadAnswers>({
    cores,
    script: SCRIPT,
    args: [`${port}`, `${CONNECTIONS}`],
  });
  return {
    async stop(responseBytes) {
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
