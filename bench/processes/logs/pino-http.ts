import { pino } from 'pino';
import { pinoHttp } from 'pino-http';
import type { HandlerLog } from '../application.ts';

/**
 * pino-http as its README has it, with the fastest destination that pino offers; in Fastify its own logger, which is
 * pino. Nothing is delivered.
 */
export function startLog(): HandlerLog {
  const destination = pino.destination({ dest: '/dev/null', sync: false, minLength: 4096 });
  const logger = pino({}, destination);
  const log = pinoHttp({ logger });
  return {
    observe: (request, response) => log(request, response),
    flush: async () => destination.flushSync(),
    logger,
  };
}
