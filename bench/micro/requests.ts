import { ByteWriter } from '../../src/delivery/otlp/byte-writer.ts';
import { RecordEncoder } from '../../src/delivery/otlp/record-encoder.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { resolveOptions } from '../../src/options/options.ts';
import { processClock } from '../../src/record/clock.ts';
import { Recorder } from '../../src/record/recorder.ts';
import { connection, exchange, recordMaker } from '../../test/record/support/exchange-factory.ts';
import type { MicroCase } from './cases.ts';
import { REQUEST_KIB } from './protocol.ts';
import { samplingProcessor } from './sampling.ts';

const REQUEST_LENGTH = REQUEST_KIB * 1024;
/** Up to here a path is judged, and a query written. */
const MAX_JUDGED = 2048;
/** More than any of the records takes. */
const RECORD_BYTES = 64 * 1024;

/** What production has on: each option has its own work with a request. */
const OPTIONS = resolveOptions({
  rate: 1e6,
  burst: 1e6,
  trustedProxies: ['10.0.0.0/8', 'loopback'],
  clientIpHeaders: ['x-forwarded-for', 'forwarded'],
  ignore: ['/health', '/static/**', '/**/internal/**/metrics'],
  noise: ['/ready', '/**/*.map'],
  requestHeaders: ['referer', 'cookie', 'x-request-id'],
});

/** A flat string of its own, as node:http makes them. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

function filled(shape: string, length: number): string {
  return flat(shape.repeat(Math.ceil(length / shape.length)).slice(0, length));
}

// What is left of the 16 KiB is a header that nothing looks at.
const query = (shape: string): Partial<Exchange> => ({
  target: flat(`/orders?${filled(shape, REQUEST_LENGTH)}`),
});
const path = (shape: string): Partial<Exchange> => ({ target: filled(shape, MAX_JUDGED) });
const header = (name: string, shape: string): Partial<Exchange> => ({
  requestHeaders: { [name]: filled(shape, REQUEST_LENGTH) },
});

/** The most of everything that fits into one request. */
function everything(): Partial<Exchange> {
  const third = Math.floor((REQUEST_LENGTH - 2 * MAX_JUDGED) / 3);
  return {
    target: flat(`${filled('/', MAX_JUDGED)}?${filled('%2525', MAX_JUDGED)}`),
    requestHeaders: {
      forwarded: filled('\\"', third),
      referer: filled('/?%2525', third),
      cookie: filled('a=;', third),
    },
  };
}

const REQUESTS: Readonly<Record<string, Partial<Exchange>>> = {
  plain: header('x-filler', 'x'),
  'query of `a=b&`': query('a=b&'),
  'query of `%=%&`': query('%=%&'),
  'query of `%2525`': query('%2525'),
  'query of `passwor=`': query('passwor='),
  'query of `pwd=1&`': query('pwd=1&'),
  'path of `/`': path('/'),
  'path of `\\`': path('\\'),
  'path of `/%2e%2e`': path('/%2e%2e'),
  'path of `/internal`': path('/internal'),
  'target of `a+`': { target: filled('a+', REQUEST_LENGTH) },
  'X-Forwarded-For of `10.0.0.1, `': header('x-forwarded-for', '10.0.0.1, '),
  'X-Forwarded-For of blanks': header('x-forwarded-for', ' '),
  'Forwarded of `for="10.0.0.1",`': header('forwarded', 'for="10.0.0.1",'),
  'Forwarded of `\\"`': header('forwarded', '\\"'),
  'Referer of `/?%=%&`': header('referer', '/?%=%&'),
  'Cookie of `a=;`': header('cookie', 'a=;'),
  'the worst path, query and headers at once': everything(),
};

/** A request from its end to the bytes of its record: rules, client, redaction, encoding. */
function requestCase(name: string, overrides: Partial<Exchange>): MicroCase {
  const recorder = new Recorder(OPTIONS, undefined, undefined, processClock, () => {});
  const processor = samplingProcessor(OPTIONS);
  const make = recordMaker(OPTIONS);
  const encoder = new RecordEncoder();
  const writer = new ByteWriter();
  writer.bytes = Buffer.allocUnsafeSlow(4 * RECORD_BYTES);
  writer.end = writer.bytes.length;
  const ended = exchange({ connection: connection({ remoteAddress: '10.0.0.1' }), ...overrides });
  const run = (): void => {
    if (processor.admit(recorder.assess(ended)) === undefined) return;
    if (writer.end - writer.at < RECORD_BYTES) writer.at = 0;
    const { fields } = make(ended);
    if (fields !== undefined) encoder.appendFields(writer, fields);
  };
  return { name, isRequest: true, run };
}

/** The plain one first: the others are compared with it. */
export const REQUEST_CASES: readonly MicroCase[] = Object.entries(REQUESTS).map(([name, overrides]) =>
  requestCase(name, overrides),
);
