import { WEB_HELP } from '../../web/web-options.ts';
import { LEGEND } from './legend.ts';

export const USAGE: string = 'usage: otel-access-log tail [options]; --help lists them';

export const HELP: string = `usage: otel-access-log tail [options]

Receives log records over OTLP (gRPC and HTTP) and shows them live, or shows those of a file.

Examples:
  otel-access-log tail                                what arrives at localhost:4317 and :4318
  otel-access-log tail --status 5xx --slow 500ms      errors that took half a second or more
  otel-access-log tail --route 'POST /orders/**' --service shop
  otel-access-log tail --json > access.jsonl          everything, to look at later:
  otel-access-log tail --from access.jsonl --trace 4bf92f35
  kubectl logs shop-5d9 | otel-access-log tail --from -

Which records (several values: comma, or the option again):
  --status LIST     status codes and classes: 404, 5xx, 4xx,5xx
  --route GLOB      route or path: '/orders/*', 'POST /orders/**', '*.css'
  --slow TIME       at least this long to the head of the response: 200ms, 1.5s, 2m
  --service NAME    service.name
  --trace ID        trace id, or its first digits

Where records come from:
  --from FILE       a file instead of what arrives, - for standard input: lines of tail --json,
                    of ACCESS_LOG_STDOUT=json, or of the Collector's file exporter

Where it listens:
  --host HOST       default 127.0.0.1
  --allow-host NAME another name that HTTP clients call it by, as in http://NAME:4318
  --port PORT       gRPC there, HTTP on the next one; default 4317
  --grpc-port PORT, --http-port PORT    each on its own; 0 for a free port

How it shows them:
  --format line     the default
  --format json     one JSON object per line, everything that arrived; also --json
  --format goaccess exchanges for GoAccess:  … | goaccess --log-format=CADDY -o report.html -
${WEB_HELP}
${LEGEND}`;
