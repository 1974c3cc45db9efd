import { context } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import type { HandlerLog } from '../application.ts';

/** The access log that one writes by hand with the official parts: 14 attributes, batched, OTLP over gRPC. */
export function startLog(): HandlerLog {
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'bench' }),
    processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })],
  });
  const logger = provider.getLogger('access-log');
  return {
    observe: (request, response) => {
      const startMs = performance.now();
      const active = context.active();
      response.once('close', () => {
        const { method = '', url = '', headers, socket, httpVersion } = request;
        const [path = '', query = ''] = url.split('?', 2);
        const [host = '', port = '80'] = (headers.host ?? '').split(':', 2);
        logger.emit({
          timestamp: Date.now(),
          context: active,
          severityNumber: SeverityNumber.INFO,
          severityText: 'INFO',
          body: `${method} ${path} ${response.statusCode}`,
          attributes: {
            'http.request.method': method,
            'url.path': path,
            'url.query': query,
            'url.scheme': 'http',
            'http.response.status_code': response.statusCode,
            'http.response.body.size': Number(response.getHeader('content-length') ?? 0),
            'http.server.request.duration': (performance.now() - startMs) / 1000,
            'client.address': socket.remoteAddress,
            'network.peer.address': socket.remoteAddress,
            'network.peer.port': socket.remotePort,
            'network.protocol.version': httpVersion,
            'server.address': host,
            'server.port': Number(port),
            'user_agent.original': headers['user-agent'],
          },
        });
      });
    },
    flush: () => provider.shutdown(),
  };
}
