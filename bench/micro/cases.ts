import { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { Http1Exchange } from '../../src/http/http1/http1-exchange.ts';
import { ObservedConnection } from '../../src/http/http1/observed-connection.ts';
import { idsOf } from '../../src/http/trace/trace-context.ts';
import { resolveOptions } from '../../src/options/options.ts';
import { compileClientAddress } from '../../src/record/client/client-address.ts';
import { processClock } from '../../src/record/clock.ts';
import { Recorder } from '../../src/record/recorder.ts';
import { redactQuery } from '../../src/record/redact/redaction.ts';
import { TokenBucket } from '../../src/sampling/token-bucket.ts';
import {
  exchange,
  exchangeFrom,
  originOf,
  recordMaker,
  recordOptions,
} from '../../test/record/support/exchange-factory.ts';
import { DETECTOR_CASES } from './detectors.ts';
import { ENCODING_CASES } from './encoding.ts';
import { FIELD_CASES } from './fields.ts';
import { BY_DEFAULT, BY_NAMES, BY_PATTERNS, MASKING_CASES } from './masking.ts';
import { REQUEST_CASES } from './requests.ts';
import { NOWHERE, samplingProcessor } from './sampling.ts';

export interface MicroCase {
  readonly name: string;
  /** One operation. What it returns is kept from being optimised away. */
  readonly run: () => unknown;
  /** What it is to take at most, where there is a goal; nanoseconds. */
  readonly goalNanos?: number;
  /** A whole request of `REQUEST_KIB`, which is told beside the plain one. */
  readonly isRequest?: true;
}

/** A monotonic clock that costs no allocation, as a plain variable that is captured would. */
function tickingClock(): () => number {
  const nowMs = new Float64Array(1);
  return () => {
    nowMs[0] = (nowMs[0] ?? 0) + 0.01;
    return nowMs[0];
  };
}

function bucketCase(name: string, settings: { rate: number; burst: number }): MicroCase {
  const bucket = new TokenBucket(settings);
  const now = tickingClock();
  return { name, run: () => bucket.take(now()) };
}

/** What the pipeline does at the end of an exchange that the bucket stops. */
function suppressedCase(): MicroCase {
  const options = resolveOptions({ rate: 0, burst: 1 });
  const recorder = new Recorder(options, undefined, undefined, processClock, () => {});
  const processor = samplingProcessor(options);
  const ended = exchange();
  const now = tickingClock();
  // The token that a full bucket starts with.
  processor.admit(recorder.assess(ended), now());
  return {
    name: 'suppressed exchange: assessed, decided on, counted in the ledger',
    goalNanos: 60,
    run: () => processor.admit(recorder.assess(ended), now()),
  };
}

/** Two clients on many routes, and a bucket that is less than half full: what a flood costs. */
function sharesCase(): MicroCase {
  const options = resolveOptions({ rate: 1000, burst: 2000 });
  const recorder = new Recorder(options, undefined, undefined, processClock, () => {});
  const processor = samplingProcessor(options);
  const flood = Array.from({ length: 16 }, (_, at) => exchange({ route: `/r${at}` }));
  const now = tickingClock();
  for (let at = 0; at < 10_000; at += 1)
    processor.admit(recorder.assess(flood[at % 16] ?? exchange()), now());
  let at = 0;
  return {
    name: 'suppressed exchange beyond its share',
    goalNanos: 60,
    run: () => {
      at = (at + 1) % 16;
      return processor.admit(recorder.assess(flood[at] ?? exchange()), now());
    },
  };
}

function recordCase(name: string, overrides: Parameters<typeof recordOptions>[0], headers = {}): MicroCase {
  const make = recordMaker(recordOptions(overrides));
  const ended = exchange({ target: '/orders/42?expand=items', requestHeaders: headers });
  return { name, run: () => make(ended).fields };
}

function emitCase(): MicroCase {
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'bench' }),
    processors: [NOWHERE],
  });
  const logger = provider.getLogger('bench');
  const recorder = new Recorder(resolveOptions({}), undefined, undefined, processClock, () => {});
  const made = recorder.build(exchange({ target: '/orders/42?expand=items' }), originOf('bench'));
  const { eventName, hrTime: timestamp, severityNumber, severityText, body, attributes } = made;
  const record = { eventName, timestamp, severityNumber, severityText, body, attributes };
  return {
    name: "the SDK's logger.emit of a record that is ready, into nothing",
    run: () => logger.emit(record),
  };
}

function clientCase(name: string, headers: Readonly<Record<string, string>>): MicroCase {
  const trustedProxies = Object.keys(headers).length === 0 ? [] : ['loopback', 'uniquelocal'];
  const clientIpHeaders = ['forwarded', 'x-forwarded-for'];
  const reader = compileClientAddress({ ...recordOptions(), trustedProxies, clientIpHeaders });
  const ended = exchangeFrom('10.0.0.1', headers);
  return { name, run: () => reader.read(ended) };
}

function idsCase(name: string, traceparent: string | undefined): MicroCase {
  const socket = new Socket();
  const request = new IncomingMessage(socket);
  if (traceparent !== undefined) request.headers.traceparent = traceparent;
  const server = new Server();
  const message = { request, response: new ServerResponse(request), socket, server };
  const observed = new Http1Exchange(message, new ObservedConnection(socket, server), idsOf, 0);
  return { name, run: () => idsOf(observed), goalNanos: 500 };
}

const PLAIN_QUERY = 'a=b&'.repeat(512);
const HOSTILE_QUERY = '%=%&'.repeat(512);

export const CASES: readonly MicroCase[] = [
  bucketCase('token bucket, a token is there', { rate: 1e9, burst: 1e9 }),
  bucketCase('token bucket, empty', { rate: 0, burst: 1 }),
  suppressedCase(),
  sharesCase(),
  recordCase('record, default options', {}),
  recordCase('record, masked by the default detectors', { masking: { current: BY_DEFAULT } }),
  recordCase('record, masked by rules of names', { masking: { current: BY_NAMES } }),
  recordCase('record, masked by ten patterns', { masking: { current: BY_PATTERNS } }),
  recordCase('record, JSON body', { body: 'json' }),
  recordCase(
    'record, behind a trusted proxy',
    { trustedProxies: ['203.0.113.0/24'] },
    { 'x-forwarded-for': '198.51.100.7' },
  ),
  emitCase(),
  { name: 'timestamp', run: () => processClock.now() },
  idsCase('ids without an SDK', undefined),
  idsCase('ids without an SDK, with traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
  clientCase('client address, nobody is trusted', {}),
  clientCase('client address, X-Forwarded-For over 3 hops', {
    'x-forwarded-for': '198.51.100.7, 10.1.2.3, 10.4.5.6',
  }),
  clientCase('client address, Forwarded over 3 hops', {
    forwarded: 'for=198.51.100.7;proto=https, for=10.1.2.3, for="[fd00::1]:4711"',
  }),
  { name: 'redaction, nothing suspicious', run: () => redactQuery('expand=items&page=2') },
  { name: 'redaction, one credential of two', run: () => redactQuery('page=2&access_token=abc123') },
  { name: 'redaction, percent-encoded', run: () => redactQuery('next=%2Fa%3Fpage%3D2&q=a%20b') },
  { name: 'redaction, 2 KiB of `a=b&`', run: () => redactQuery(PLAIN_QUERY) },
  { name: 'redaction, 2 KiB of `%=%&`', run: () => redactQuery(HOSTILE_QUERY) },
  ...FIELD_CASES,
  ...DETECTOR_CASES,
  ...MASKING_CASES,
  ...ENCODING_CASES,
  ...REQUEST_CASES,
];
