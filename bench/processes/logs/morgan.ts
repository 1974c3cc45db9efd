import { createWriteStream } from 'node:fs';
import morgan from 'morgan';
import type { HandlerLog } from '../application.ts';

/** morgan's `combined` format into a stream. Nothing is delivered. */
export function startLog(): HandlerLog {
  const stream = createWriteStream('/dev/null');
  const log = morgan('combined', { stream });
  return {
    observe: (request, response) => log(request, response, () => undefined),
    flush: async () => {
      stream.end();
    },
  };
}
