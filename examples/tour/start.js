// `npm start`: an OTLP receiver, a service under `--import otel-access-log/register`, requests, and their records.
import { parseArgs } from 'node:util';
import { prepare } from './prepare.js';
import { samples, send, TRACEPARENT } from './requests.js';
import { args, startService } from './service.js';

const USAGE = 'usage: npm start [-- --once]    --once: end after the sample instead of staying up';
const HOST = '127.0.0.1';
const RECORDS_WITHIN_MS = 10_000;

async function tour({ once }) {
  prepare();
  const { startReceiverNear } = await import('../../dist/cli/otlp-receiver.js');
  const { renderFull, renderLine } = await import('../../dist/cli/render.js');
  const { firstFreePort } = await import('../../dist/cli/ports.js');
  const { wantsColours } = await import('../../dist/cli/terminal.js');

  const colours = wantsColours(process.stdout);
  const missing = new Set(samples);
  let full;
  let complete;
  const allArrived = new Promise((resolve) => {
    complete = resolve;
  });
  const onRecord = (record) => {
    console.log(renderLine(record, { colours }));
    const sample = [...missing].find(({ isRecord }) => isRecord(record.attributes, record.traceId));
    if (sample === undefined) return;
    missing.delete(sample);
    if (sample.headers?.traceparent !== undefined) full = record;
    if (missing.size === 0) complete();
  };
  const receiver = await startReceiverNear({ grpcPort: 4317, httpPort: 4318, host: HOST, onRecord });
  const endpoint = `http://${HOST}:${receiver.grpcPort}`;
  const service = await startService({ port: await firstFreePort(HOST, 8080), endpoint });

  let stopping;
  const stop = () => {
    stopping ??= service.stop().then(() => receiver.close());
    return stopping;
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);

  console.log(`
Receiver  ${endpoint} (OTLP/gRPC), http://${HOST}:${receiver.httpPort} (OTLP/HTTP): stands in for a Collector
Service   ${service.origin}, started by
            OTEL_SERVICE_NAME=shop OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint} node ${args.join(' ')}
Requests  ${samples.map(({ method = 'GET', path, told }) => `${`${method} ${path}`.padEnd(37)}${told}`).join('\n          ')}

Records   time, status, duration, bytes, trace, request, route, client
`);
  const sent = samples.reduce(
    (before, sample) => before.then(() => send(service.origin, sample)),
    Promise.resolve(),
  );
  const timer = setTimeout(complete, RECORDS_WITHIN_MS);
  await Promise.race([sent.then(() => allArrived), service.ended]);
  clearTimeout(timer);

  if (full !== undefined) console.log(`\nOne of them in full:\n\n${renderFull(full, { colours })}\n`);
  for (const { told, path } of stopping === undefined ? missing : []) {
    console.error(`No record arrived of ${path} (${told})`);
    process.exitCode = 1;
  }
  if (!once && stopping === undefined) {
    console.log(`Requests of your own:
  curl ${service.origin}/orders/1
  curl -H 'traceparent: ${TRACEPARENT}' '${service.origin}/orders/2?api_key=hidden'
Ctrl-C ends it.
`);
    await service.ended;
  }
  await stop();
}

function options() {
  try {
    return parseArgs({ options: { once: { type: 'boolean', default: false }, help: { type: 'boolean' } } })
      .values;
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

const { once, help } = options();
if (help) console.log(USAGE);
else await tour({ once });
