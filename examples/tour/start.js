// `npm start`: an OTLP receiver, a service under `--import otel-access-log/register`, requests, and their records.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { prepare } from './prepare.js';
import { samples, send, TRACEPARENT } from './requests.js';
import { args, startService } from './service.js';

const USAGE = 'usage: npm start [-- --once]    --once: end after the sample instead of staying up';
const HOST = '127.0.0.1';
/** For the sample as a whole; one of its requests takes more than a second. */
const RECORDS_WITHIN_MS = 15_000;

async function tour({ once }) {
  prepare();
  // Not there before `prepare`.
  const { startReceiverNear } = await import('../../dist/cli/receiver/otlp-receiver.js');
  const { LineWriter } = await import('../../dist/cli/tail/pipe/line-writer.js');
  const { paintLine } = await import('../../dist/render/line-cells.js');
  const { renderFull } = await import('../../dist/render/render-full.js');
  const { servePage } = await import('../../dist/cli/web/page-server.js');
  const { readPage } = await import('../../dist/cli/web/page-document.js');
  const { VERSION } = await import('../../dist/version.js');
  const { firstFreePort } = await import('../../dist/cli/receiver/ports.js');
  const { createPaint, wantsColours } = await import('../../dist/render/terminal.js');
  const colours = wantsColours(process.stdout);
  // As `tail` writes them.
  const lines = new LineWriter();
  const paint = createPaint(colours);

  const missing = new Set(samples);
  let shownInFull;
  let complete;
  const allArrived = new Promise((resolve) => {
    complete = resolve;
  });
  let page;
  const onRecord = (record) => {
    page.add(record);
    console.log(paintLine(lines.line(record), paint));
    const sample = [...missing].find(({ isRecord }) => isRecord(record.attributes, record.traceId));
    missing.delete(sample);
    if (sample?.showInFull) shownInFull = record;
    if (missing.size === 0) complete();
  };

  const receiver = await startReceiverNear({ grpcPort: 4317, httpPort: 4318, host: HOST, onRecord });
  const endpoint = `http://${HOST}:${receiver.grpcPort}`;
  const { counts } = receiver;
  page = await servePage({
    page: readPage(),
    settings: { source: `${HOST}:${receiver.grpcPort}`, isLive: true, traceUrl: null, version: VERSION },
    trouble: () => ({ unreadable: counts.invalid, leftOut: counts.leftOut }),
  });
  const service = startService({ port: await firstFreePort(HOST, 8080), endpoint });
  let stopping;
  // The service first: it sends its last records to the receiver.
  const stop = () => {
    stopping ??= service.stop().then(() => Promise.all([receiver.close(), page.close()]));
    return stopping;
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
  // `npm start | head`: whoever read us has gone.
  process.stdout.on('error', stop);

  try {
    await service.listening;
    console.log(`
Receiver  ${endpoint} (OTLP/gRPC), http://${HOST}:${receiver.httpPort} (OTLP/HTTP): stands in for a Collector
Service   ${service.origin}, started by
            OTEL_SERVICE_NAME=shop OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint} node ${args.join(' ')}
Page      ${page.url}
Requests  ${samples.map(toldOf).join('\n          ')}

Records   time, status, duration, trace, client, outcome unless completed, method, route, path: as tail has them
`);
    const sample = Promise.all([sendAll(service.origin), allArrived]);
    await Promise.race([sample, service.ended, sleep(RECORDS_WITHIN_MS, undefined, { ref: false })]);
    if (stopping !== undefined) return;

    if (shownInFull) console.log(`\nOne of them in full:\n\n${renderFull(shownInFull, { colours })}\n`);
    if (missing.size > 0) throw new Error(`No record arrived of\n  ${[...missing].map(toldOf).join('\n  ')}`);
    if (once) return;
    console.log(`Requests of your own:
  curl ${service.origin}/orders/1
  curl -H 'traceparent: ${TRACEPARENT}' '${service.origin}/orders/2?api_key=hidden'
Ctrl-C ends it.
`);
    await service.ended;
    if (stopping === undefined) throw new Error('The service has ended by itself');
  } catch (error) {
    // What breaks off because we were asked to end is no failure.
    if (stopping === undefined) throw error;
  } finally {
    if (once && missing.size > 0) process.exitCode = 1;
    await stop();
  }
}

async function sendAll(origin) {
  for (const sample of samples) await send(origin, sample);
}

function toldOf({ method = 'GET', path, told }) {
  return `${`${method} ${path}`.padEnd(37)}${told}`;
}

function options() {
  try {
    return parseArgs({ options: { once: { type: 'boolean' }, help: { type: 'boolean' } } }).values;
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

const given = options();
if (given.help) console.log(USAGE);
else {
  await tour(given).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
