import type { OptionName, OptionValues } from '../schema.ts';

/** Parts of the package that take options in code. */
export type Part =
  | 'HttpAccessLogInstrumentation'
  | 'TokenBucketLogRecordProcessor'
  | 'OtlpStreamLogRecordProcessor';

/** What an editor shows of an option in code, apart from what its schema says. */
export interface InCode<T> {
  /** The parts in which the option has an effect. */
  readonly parts: readonly Part[];
  /** A value that is not the default. */
  readonly example: T;
  /** Where only some of its words have an effect in code: these, and what they mean. */
  readonly words?: { readonly values: readonly string[]; readonly meaning: string };
}

/** The option has an effect under `register` only: in code the SDK that an application sets up does what it does. */
const REGISTER_ONLY = 'register only';

const RECORDS: readonly Part[] = ['HttpAccessLogInstrumentation'];
const SAMPLING: readonly Part[] = ['TokenBucketLogRecordProcessor'];
const BOTH: readonly Part[] = [...RECORDS, ...SAMPLING];
const STREAM: readonly Part[] = ['OtlpStreamLogRecordProcessor'];

/** Which option has an effect where in code. Every option is here, so that a new one cannot be forgotten. */
const inCode: {
  readonly [Name in OptionName]: InCode<OptionValues[Name]> | typeof REGISTER_ONLY;
} = {
  enabled: { parts: RECORDS, example: false },
  level: { parts: BOTH, example: 'warn' },
  rate: { parts: SAMPLING, example: 500 },
  burst: { parts: SAMPLING, example: 1000 },
  errorRate: { parts: SAMPLING, example: 100 },
  errorBurst: { parts: SAMPLING, example: 500 },
  rejectedRate: { parts: SAMPLING, example: 20 },
  rejectedBurst: { parts: SAMPLING, example: 50 },
  slowMs: { parts: BOTH, example: 250 },
  longPolls: { parts: BOTH, example: ['GET /events/poll', '/signalr/**'] },
  longAfterMs: { parts: RECORDS, example: 60_000 },
  ignore: { parts: BOTH, example: ['/healthz', 'GET /static/**'] },
  noise: { parts: RECORDS, example: ['/healthz', '/metrics'] },
  degrade: { parts: SAMPLING, example: 'delivery' },
  degradeAfterMs: { parts: SAMPLING, example: 60_000 },
  recoverAfterMs: { parts: SAMPLING, example: 120_000 },
  share: { parts: SAMPLING, example: 0.5 },
  rollout: { parts: SAMPLING, example: 10 },
  rolloutSeed: { parts: SAMPLING, example: 'a secret of all services' },
  canary: REGISTER_ONLY,
  sensitivePaths: { parts: RECORDS, example: ['/login', '/reset/**'] },
  trustedProxies: { parts: RECORDS, example: ['loopback', '10.0.0.0/8'] },
  clientIpHeaders: { parts: RECORDS, example: ['x-real-ip', 'x-forwarded-for'] },
  originHeaders: { parts: RECORDS, example: ['x-forwarded-proto', 'x-forwarded-host'] },
  clientIp: { parts: RECORDS, example: 'truncated' },
  requestHeaders: { parts: RECORDS, example: ['x-request-id', 'accept-language'] },
  responseHeaders: { parts: RECORDS, example: ['content-type', 'cache-control'] },
  rules: { parts: BOTH, example: '/etc/shop/rules.yaml' },
  detect: { parts: RECORDS, example: ['jwt', 'bearer', 'card', 'email'] },
  hashKeyFile: { parts: BOTH, example: '/run/secrets/access-log-key' },
  session: { parts: RECORDS, example: ['cookie:sid'] },
  user: { parts: RECORDS, example: ['field', 'header:x-user-id'] },
  tenant: { parts: RECORDS, example: ['field', 'baggage:tenant'] },
  jwtClaims: { parts: RECORDS, example: ['sub', 'iss=plain'] },
  authFingerprint: { parts: RECORDS, example: true },
  detailRequestHeaders: { parts: RECORDS, example: ['content-type', 'x-client-version'] },
  detailResponseHeaders: { parts: RECORDS, example: ['retry-after'] },
  detailWhen: { parts: RECORDS, example: ['4xx', '5xx', 'timeout'] },
  echo: { parts: RECORDS, example: ['x-trace-id'] },
  echoTo: { parts: RECORDS, example: 'trusted' },
  body: { parts: RECORDS, example: 'json' },
  stdout: REGISTER_ONLY,
  upgrades: { parts: RECORDS, example: 'start' },
  tlsErrors: { parts: RECORDS, example: true },
  tracing: {
    parts: RECORDS,
    example: 'off',
    words: {
      values: ['auto', 'off'],
      meaning:
        '`auto`: the ids of the span that is active, or of the `traceparent` of the client; `off`: no ids',
    },
  },
  propagate: REGISTER_ONLY,
  shutdownTimeoutMs: REGISTER_ONLY,
  freeze: REGISTER_ONLY,
  pipeline: REGISTER_ONLY,
  memoryLimitMib: { parts: STREAM, example: 32 },
  maxInFlight: { parts: STREAM, example: 4 },
  otlpHeadersFile: { parts: STREAM, example: '/run/secrets/otlp-headers' },
  spoolDir: { parts: STREAM, example: '/var/spool/shop' },
  spoolLimitMib: { parts: STREAM, example: 1024 },
  spoolFsync: { parts: STREAM, example: true },
  hooks: REGISTER_ONLY,
  exceptionMessage: { parts: RECORDS, example: true },
};

/** What an editor shows of the option in code; `undefined` where it has no effect there. */
export function inCodeOf(name: OptionName): InCode<unknown> | undefined {
  const known = inCode[name];
  return known === REGISTER_ONLY ? undefined : known;
}
