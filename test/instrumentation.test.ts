// The access log as an instrumentation, in an SDK that is set up in code and makes no spans around handlers.
import assert from 'node:assert/strict';
import { createServer, get } from 'node:http';
import { test } from 'node:test';
import { diag, metrics, type Span, SpanKind, trace } from '@opentelemetry/api';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { HttpAccessLogInstrumentation, TokenBucketLogRecordProcessor } from '../src/index.ts';
import { listen } from './http/support/observed.ts';
import { Changes } from './support/changes.ts';
import { RawClient, requestText } from './support/raw-client.ts';
import { meterScene } from './telemetry/support/collected.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };

test('the ids of its records: those of a server span inside the handler, else the trace of the caller', async (t) => {
  new NodeTracerProvider().register();
  const changes = new Changes();
  const exporter = new InMemoryLogRecordExporter();
  const loggerProvider = new LoggerProvider({
    processors: [
      new TokenBucketLogRecordProcessor({}, new SimpleLogRecordProcessor({ exporter })),
      { onEmit: () => changes.notify(), forceFlush: async () => {}, shutdown: async () => {} },
    ],
  });
  t.after(() => loggerProvider.shutdown());
  const instrumentation = new HttpAccessLogInstrumentation();
  instrumentation.setLoggerProvider(loggerProvider);
  instrumentation.enable();
  t.after(() => instrumentation.disable());

  const spans: Span[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/bare') response.end();
    else {
      trace.getTracer('test').startActiveSpan('GET', { kind: SpanKind.SERVER }, (span) => {
        spans.push(span);
        response.end();
      });
    }
  });
  const port = await listen(t, server);
  for (const path of ['/span', '/bare']) get({ port, path, headers, agent: false }).on('error', assert.fail);
  const records = await changes.until(
    () => {
      const finished = exporter.getFinishedLogRecords();
      return finished.length === 2 ? finished : undefined;
    },
    10_000,
    () => 'two records expected',
  );
  const idsOf = (path: string): unknown =>
    records.find(({ attributes }) => attributes['url.path'] === path)?.spanContext;
  assert.deepEqual(idsOf('/span'), spans[0]?.spanContext());
  assert.deepEqual(idsOf('/bare'), { traceId: TRACE, spanId: '', traceFlags: 1 });
});

test('the error of a hook is told without the token that it quotes', async (t) => {
  const errors: unknown[][] = [];
  const changes = new Changes();
  const ignored = (): void => undefined;
  diag.setLogger({
    error: (...told) => {
      errors.push(told);
      changes.notify();
    },
    warn: ignored,
    info: ignored,
    debug: ignored,
    verbose: ignored,
  });
  t.after(() => diag.disable());
  const loggerProvider = new LoggerProvider();
  t.after(() => loggerProvider.shutdown());
  const instrumentation = new HttpAccessLogInstrumentation({
    attributes: ({ userAgent }) => {
      throw new RangeError(`no such plan: ${userAgent}`);
    },
  });
  instrumentation.setLoggerProvider(loggerProvider);
  instrumentation.enable();
  t.after(() => instrumentation.disable());
  const port = await listen(
    t,
    createServer((_, response) => response.end()),
  );
  const client = await RawClient.connect(t, { port });
  await client.send(requestText('/', { headers: { 'User-Agent': 'Bearer s3cret' } }));
  await client.responses(1);
  const [told, ...rest] = await changes.until(
    () => errors[0],
    10_000,
    () => 'an error expected',
  );
  assert.match(
    String(told),
    /^otel-access-log: the attributes hook threw and is not called any more: RangeError: no such plan: Bearer REDACTED at /,
  );
  assert.deepEqual([errors.length, rest], [1, []]);
});

test('events of long exchanges go to the same provider, with the trace of the caller where there is no span', async (t) => {
  const changes = new Changes();
  const exporter = new InMemoryLogRecordExporter();
  const options = { longAfterMs: 50, ignore: ['/ignored'] };
  const loggerProvider = new LoggerProvider({
    processors: [
      new TokenBucketLogRecordProcessor(options, new SimpleLogRecordProcessor({ exporter })),
      { onEmit: () => changes.notify(), forceFlush: async () => {}, shutdown: async () => {} },
    ],
  });
  t.after(() => loggerProvider.shutdown());
  const instrumentation = new HttpAccessLogInstrumentation({
    ...options,
    skip: ({ target }) => target === '/skipped',
  });
  instrumentation.setLoggerProvider(loggerProvider);
  instrumentation.enable();
  t.after(() => instrumentation.disable());
  const port = await listen(
    t,
    createServer(() => undefined),
  );
  for (const path of ['/ignored', '/skipped', '/open'])
    get({ port, path, headers, agent: false }).on('error', () => {});
  const [record] = await changes.until(
    () => {
      const finished = exporter.getFinishedLogRecords();
      return finished.length > 0 ? finished : undefined;
    },
    10_000,
    () => 'an event expected',
  );
  const { 'http.server.request.duration': duration, ...attributes } = record?.attributes ?? {};
  assert.ok(typeof duration === 'number' && duration >= 0.05);
  assert.equal(record?.eventName, 'access_log.started');
  assert.deepEqual(attributes, {
    'access_log.event': 'started',
    'http.request.method': 'GET',
    'url.path': '/open',
    'client.address': '127.0.0.1',
    'http.request.body.size': 0,
  });
  assert.deepEqual(record?.spanContext, { traceId: TRACE, spanId: '', traceFlags: 1 });
});

test('enabled after a server listens: its requests, upgrades and rejections are recorded from then on', async (t) => {
  const server = createServer((_request, response) => response.end('hello'));
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
  const port = await listen(t, server);
  const exporter = new InMemoryLogRecordExporter();
  const loggerProvider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  t.after(() => loggerProvider.shutdown());
  const instrumentation = new HttpAccessLogInstrumentation();
  instrumentation.setLoggerProvider(loggerProvider);
  instrumentation.enable();
  t.after(() => instrumentation.disable());
  for (const text of [
    requestText('/', { headers: { Connection: 'close' } }),
    requestText('/up', { headers: { Connection: 'Upgrade', Upgrade: 'x' } }),
    'GET /bad HTTP/1.1\r\nno colon\r\n\r\n',
  ]) {
    const client = await RawClient.connect(t, { port });
    await client.send(text);
    await client.closed();
  }
  await loggerProvider.forceFlush();
  assert.deepEqual(
    exporter
      .getFinishedLogRecords()
      .map(({ attributes }) => [
        attributes['url.path'],
        attributes['access_log.outcome'],
        attributes['http.response.status_code'],
      ]),
    [
      ['/', 'completed', 200],
      ['/up', 'upgraded', 101],
      ['/bad', 'rejected', 400],
    ],
  );
});

test('served exchanges are counted at its MeterProvider, those before it was given too', async (t) => {
  const { provider, collect } = meterScene(t);
  const loggerProvider = new LoggerProvider();
  t.after(() => loggerProvider.shutdown());
  const port = await listen(
    t,
    createServer((_request, response) => response.end()),
  );
  const instrumentation = new HttpAccessLogInstrumentation({
    skip: ({ target }) => target === '/skipped',
  });
  instrumentation.setLoggerProvider(loggerProvider);
  // What an SDK gives first.
  instrumentation.setMeterProvider(metrics.getMeterProvider());
  instrumentation.enable();
  t.after(() => instrumentation.disable());
  for (const path of ['/', '/skipped']) {
    const client = await RawClient.connect(t, { port });
    await client.send(requestText(path, { headers: { Connection: 'close' } }));
    await client.closed();
  }
  instrumentation.setMeterProvider(provider);
  assert.deepEqual(await collect(), [
    {
      name: 'otel_access_log.exchanges',
      unit: '{exchange}',
      description: 'The number of HTTP exchanges, by what became of them.',
      kind: 'counter',
      points: [[{ state: 'served' }, 2]],
    },
  ]);
});

test('one after the other: each sees its exchanges, and none leaves a listener of the process', async (t) => {
  const exporter = new InMemoryLogRecordExporter();
  const loggerProvider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  t.after(() => loggerProvider.shutdown());
  const port = await listen(
    t,
    createServer((_request, response) => response.end()),
  );
  const listeners = (): number[] =>
    ['exit', 'uncaughtExceptionMonitor'].map((event) => process.listenerCount(event));
  const before = listeners();
  for (let count = 0; count < 20; count += 1) {
    const instrumentation = new HttpAccessLogInstrumentation();
    instrumentation.setLoggerProvider(loggerProvider);
    instrumentation.enable();
    const client = await RawClient.connect(t, { port });
    await client.send(requestText('/', { headers: { Connection: 'close' } }));
    await client.closed();
    instrumentation.disable();
    assert.deepEqual(listeners(), before);
  }
  assert.equal(exporter.getFinishedLogRecords().length, 20);
});
