// Events of exchanges that are open for long, as they leave the process.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { ReceivedRecord } from '../../src/cli/receiver/otlp-receiver.ts';
import { RawClient, requestText } from '../support/raw-client.ts';
import { isExchange, startTestReceiver, type TestReceiver } from '../support/receiver.ts';
import { inRepo } from '../support/repo-root.ts';
import { type App, spawnApp } from '../support/spawn-app.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const UPGRADE = requestText('/socket?token=secret', {
  headers: { upgrade: 'echo', connection: 'Upgrade' },
});

interface Service {
  readonly app: App & { readonly port: number };
  readonly receiver: TestReceiver;
  readonly connect: () => Promise<RawClient>;
}

async function start(t: TestContext, env: Readonly<Record<string, string>> = {}): Promise<Service> {
  const receiver = await startTestReceiver(t);
  const app = await spawnApp(t, {
    args: ['--import', 'otel-access-log/register', inRepo('test/e2e/fixtures/long.mjs')],
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcEndpoint,
      OTEL_SERVICE_NAME: 'shop',
      OTEL_BLRP_SCHEDULE_DELAY: '50',
      ACCESS_LOG_LONG_AFTER_MS: '200',
      ...env,
    },
  });
  return { app, receiver, connect: () => RawClient.connect(t, { port: app.port }) };
}

const isLong = ({ attributes }: ReceivedRecord): boolean =>
  attributes['access_log.event'] === 'started' || attributes['access_log.event'] === 'progress';

/** A record without what differs from run to run, and with what must hold of it. */
function steady({ attributes, ...record }: ReceivedRecord): object {
  const { 'http.server.request.duration': duration, ...rest } = attributes;
  const { timeUnixNano, observedTimeUnixNano, body, scope, ...others } = record;
  assert.ok(typeof duration === 'number' && duration >= 0.2 && timeUnixNano === observedTimeUnixNano);
  assert.equal(scope.name, 'otel-access-log');
  assert.equal(others.resource['service.name'], 'shop');
  return {
    ...others,
    resource: undefined,
    body: String(body).replace(/ [\d.]+ms$/, ' …ms'),
    attributes: rest,
  };
}

interface Case {
  readonly name: string;
  readonly request: string;
  /** What the client gets before the first event. */
  readonly answer: string;
  readonly line: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly recordLine: RegExp;
}

const CASES: readonly Case[] = [
  {
    name: 'an event stream',
    request: requestText('/events?access_token=secret', {
      headers: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` },
    }),
    answer: 'data: one\n\n\r\n',
    line: 'GET /events 200 11B',
    attributes: { 'url.path': '/events', 'http.response.status_code': 200, 'http.response.body.size': 11 },
    recordLine: /^GET \/events 200 11B /,
  },
  {
    name: 'a download',
    request: requestText('/download'),
    answer: 'x'.repeat(400),
    line: 'GET /download 200 400B',
    attributes: { 'url.path': '/download', 'http.response.status_code': 200, 'http.response.body.size': 400 },
    recordLine: /^GET \/download 200 aborted 400B /,
  },
  {
    name: 'an upgraded connection',
    request: `${UPGRADE}hello`,
    answer: '\r\n\r\nhello',
    line: 'GET /socket 101 upgraded 5B',
    attributes: {
      'url.path': '/socket',
      'http.request.body.size': 5,
      'http.response.status_code': 101,
      'http.response.body.size': 5,
    },
    recordLine: /^GET \/socket 101 upgraded 5B /,
  },
];

for (const pipeline of ['stream', 'sdk']) {
  describe(`with the pipeline ${pipeline}`, () => {
    for (const { name, request, answer, line, attributes, recordLine } of CASES) {
      test(`${name} gives started, then progress, then its record, with the same ids`, async (t) => {
        const { app, receiver, connect } = await start(t, { ACCESS_LOG_PIPELINE: pipeline });
        const client = await connect();
        await client.send(request);
        await client.receiveUntil(answer);
        const [started, progress] = await receiver.waitForRecords(2);
        client.destroy();
        const [record] = await receiver.waitForExchanges(1);
        await app.stop();
        assert.equal(app.stderr, '');
        assert.ok(started && progress && record);
        const { traceId, spanId } = record;
        assert.ok(spanId !== undefined);
        for (const [event, received] of [
          ['started', started],
          ['progress', progress],
        ] as const) {
          assert.deepEqual(steady(received), {
            severityNumber: 9,
            severityText: 'INFO',
            body: `${event} ${line} …ms`,
            eventName: `access_log.${event}`,
            traceId,
            spanId,
            flags: 1,
            resource: undefined,
            attributes: {
              'access_log.event': event,
              'http.request.method': 'GET',
              'client.address': '127.0.0.1',
              'http.request.body.size': 0,
              ...attributes,
            },
          });
        }
        if (request.includes(TRACE)) assert.equal(traceId, TRACE);
        assert.match(String(record.body), recordLine);
        assert.ok(record.timeUnixNano > progress.timeUnixNano);
        assert.ok(progress.timeUnixNano > started.timeUnixNano);
        const heartbeat = receiver.records.at(-1)?.attributes;
        assert.equal(heartbeat?.['access_log.final'], true);
        assert.equal(heartbeat?.['access_log.total.served'], 1);
        assert.equal(heartbeat?.['access_log.total.kept'], 1);
      });
    }
  });
}

test('a long poll without a head is slow, and its events are WARN as its record would be', async (t) => {
  const { app, receiver, connect } = await start(t, { ACCESS_LOG_SLOW_MS: '100' });
  const client = await connect();
  await client.send(requestText('/poll'));
  const [started] = await receiver.waitForRecords(1);
  assert.ok(started !== undefined);
  assert.deepEqual(steady(started), {
    severityNumber: 13,
    severityText: 'WARN',
    body: 'started GET /poll - …ms',
    eventName: 'access_log.started',
    traceId: started.traceId,
    spanId: started.spanId,
    flags: 1,
    resource: undefined,
    attributes: {
      'access_log.event': 'started',
      'http.request.method': 'GET',
      'url.path': '/poll',
      'client.address': '127.0.0.1',
      'http.request.body.size': 0,
    },
  });
  client.destroy();
  await app.stop();
});

describe('no event', () => {
  for (const [name, env] of [
    ['of an exchange on the ignore list', { ACCESS_LOG_IGNORE: '/events' }],
    ['of an exchange below the level', { ACCESS_LOG_LEVEL: 'warn' }],
    ['of an exchange that is noise', { ACCESS_LOG_NOISE: '/events' }],
  ] as const) {
    test(name, async (t) => {
      const { app, receiver, connect } = await start(t, { ACCESS_LOG_SLOW_MS: '100', ...env });
      const events = await connect();
      await events.send(requestText('/events'));
      const poll = await connect();
      await events.receiveUntil('data: one');
      await poll.send(requestText('/poll'));
      // The other exchange began later; it is slow, so the level lets it pass.
      await receiver.waitForRecords((records) => records.filter(ofPoll).length >= 4);
      events.destroy();
      poll.destroy();
      await receiver.waitForExchanges(1);
      await app.stop();
      assert.deepEqual(
        receiver.records.filter((record) => isLong(record) && !ofPoll(record)),
        [],
      );
    });
  }

  const ofPoll = ({ attributes }: ReceivedRecord): boolean => attributes['url.path'] === '/poll';
});

test('a record has the time of its end, also where an event is written before it', async (t) => {
  const { app, receiver, connect } = await start(t, {
    ACCESS_LOG_RATE: '100000',
    ACCESS_LOG_BURST: '100000',
  });
  const open = await connect();
  await open.send(requestText('/events'));
  const client = await connect();
  const isOver = (): boolean => receiver.records.filter(isLong).length >= 4;
  let answers = 0;
  while (!isOver()) {
    await client.send(requestText('/short'));
    answers += 1;
    await client.responses(answers);
  }
  open.destroy();
  client.destroy();
  await receiver.waitForExchanges(answers + 1);
  await app.stop();
  const times = receiver.records
    .filter((record) => isLong(record) || record.attributes['url.path'] === '/short')
    .map(({ timeUnixNano }) => timeUnixNano)
    .sort((a, b) => Number(a - b));
  // A record that was pushed behind an event has a time that is a nanosecond later than that of the event.
  const pushed = times.filter((time, index) => index > 0 && time - (times[index - 1] ?? 0n) === 1n);
  assert.deepEqual(pushed, []);
});

test('a process is not held by its long exchanges: it ends as soon as they have', async (t) => {
  const { app, receiver, connect } = await start(t);
  const client = await connect();
  await client.send(requestText('/events'));
  await receiver.waitForRecords(1);
  await app.stop('SIGTERM');
  assert.equal(receiver.records.filter(isExchange).length <= 1, true);
});
