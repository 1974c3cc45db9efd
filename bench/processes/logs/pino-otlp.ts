import { once } from 'node:events';
import { pino } from 'pino';
import { pinoHttp } from 'pino-http';
import type { HandlerLog } from '../application.ts';

/** pino-http with pino-opentelemetry-transport: records are made here and sent, over gRPC, by a worker thread. */
export function startLog(): HandlerLog {
  const transport = pino.transport({
    target: 'pino-opentelemetry-transport',
    options: {
      loggerName: 'access-log',
      serviceVersion: '1.0.0',
      logRecordProcessorOptions: { recordProcessorType: 'batch', exporterOptions: { protocol: 'grpc' } },
    },
  });
  const logger = pino({}, transport);
  const log = pinoHttp({ logger });
  return {
    observe: (request, response) => log(request, response),
    flush: async () => {
      const closed = once(transport, 'close');
      transport.end();
      await closed;
    },
    logger,
  };
}
