import { createWriteStream } from 'node:fs';
import { createLogger, format, transports } from 'winston';
import type { HandlerLog } from '../application.ts';

/** The middleware that one writes for winston: a JSON line with a time for each response. Nothing is delivered. */
export function startLog(): HandlerLog {
  const stream = createWriteStream('/dev/null');
  const logger = createLogger({
    format: format.combine(format.timestamp(), format.json()),
    transports: [new transports.Stream({ stream })],
  });
  return {
    observe: (request, response) => {
      const startMs = performance.now();
      response.once('finish', () => {
        logger.info('request', {
          method: request.method,
          url: request.url,
          status: response.statusCode,
          contentLength: response.getHeader('content-length'),
          durationMs: performance.now() - startMs,
          remoteAddress: request.socket.remoteAddress,
          userAgent: request.headers['user-agent'],
        });
      });
    },
    flush: async () => {
      logger.end();
    },
  };
}
