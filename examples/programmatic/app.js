import { createServer } from 'node:http';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { HttpAccessLogInstrumentation, TokenBucketLogRecordProcessor } from 'otel-access-log';

const options = { ignore: ['/healthz'], requestHeaders: ['x-request-id'] };
const exporter = new OTLPLogExporter();
const provider = new LoggerProvider({
  resource: resourceFromAttributes({ 'service.name': 'hello' }),
  processors: [new TokenBucketLogRecordProcessor(options, new BatchLogRecordProcessor({ exporter }))],
});

const accessLog = new HttpAccessLogInstrumentation(options);
accessLog.setLoggerProvider(provider);
accessLog.enable();

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain' }).end('hello\n');
});

server.listen(Number(process.env.PORT ?? 8080), () => {
  console.log(`listening ${server.address().port}`);
});

process.once('SIGTERM', () => {
  server.close(() => provider.shutdown());
});
