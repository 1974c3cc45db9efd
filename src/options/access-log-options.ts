// Written by `npm run generate` from src/options/groups and src/options/published/in-code.ts. A mapped type would lose what an
// editor shows of each option.
import type { Hooks } from './hooks/hooks.ts';

/**
 * What can be set in code; `undefined` is the same as not set. It comes before the environment, then the configuration
 * file, then the default. Each part takes the whole of it, so that all can be given the same object.
 */
export interface AccessLogOptions extends Hooks {
  /**
   * Whether there is an access log at all.
   *
   * In the environment: `ACCESS_LOG_ENABLED`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `true`
   * @example enabled: false
   */
  readonly enabled?: boolean | undefined;
  /**
   * Minimum severity: `trace`, `debug`, `info`, `warn`, `error`, `fatal`.
   *
   * In the environment: `ACCESS_LOG_LEVEL`. Taken by `HttpAccessLogInstrumentation` and
   * `TokenBucketLogRecordProcessor`.
   * @defaultValue `'info'`
   * @example level: 'warn'
   */
  readonly level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | undefined;
  /**
   * Token bucket for normal records, per process; may be below 1.
   *
   * Unit: records per second.
   * In the environment: `ACCESS_LOG_RATE`. Taken by `TokenBucketLogRecordProcessor`.
   * @defaultValue `1000` records per second
   * @example rate: 500
   */
  readonly rate?: number | undefined;
  /**
   * How many that bucket lets through at once.
   *
   * Unit: records.
   * In the environment: `ACCESS_LOG_BURST`. Taken by `TokenBucketLogRecordProcessor`.
   * @defaultValue `2000` records
   * @example burst: 1000
   */
  readonly burst?: number | undefined;
  /**
   * Reserve for errors (5xx, timeout, crashed, slow), per process.
   *
   * Unit: records per second.
   * In the environment: `ACCESS_LOG_ERROR_RATE`. Taken by `TokenBucketLogRecordProcessor`.
   * @defaultValue `200` records per second
   * @example errorRate: 100
   */
  readonly errorRate?: number | undefined;
  /**
   * How many errors the reserve lets through at once.
   *
   * Unit: records.
   * In the environment: `ACCESS_LOG_ERROR_BURST`. Taken by `TokenBucketLogRecordProcessor`.
   * @defaultValue `1000` records
   * @example errorBurst: 500
   */
  readonly errorBurst?: number | undefined;
  /**
   * Bucket of what is rejected before it is a request (malformed, headers too large or too late), per
   * process; it draws from no other.
   *
   * Unit: records per second.
   * In the environment: `ACCESS_LOG_REJECTED_RATE`. Taken by `TokenBucketLogRecordProcessor`.
   * @defaultValue `100` records per second
   * @example rejectedRate: 20
   */
  readonly rejectedRate?: number | undefined;
  /**
   * How many rejected requests that bucket lets through at once.
   *
   * Unit: records.
   * In the environment: `ACCESS_LOG_REJECTED_BURST`. Taken by `TokenBucketLogRecordProcessor`.
   * @defaultValue `200` records
   * @example rejectedBurst: 50
   */
  readonly rejectedBurst?: number | undefined;
  /**
   * An exchange whose response head took longer (the whole exchange, where no head was sent) is slow: WARN,
   * and it may draw from the reserve.
   *
   * Unit: ms.
   * In the environment: `ACCESS_LOG_SLOW_MS`. Taken by `HttpAccessLogInstrumentation` and
   * `TokenBucketLogRecordProcessor`.
   * @defaultValue `1000` ms
   * @example slowMs: 250
   */
  readonly slowMs?: number | undefined;
  /**
   * List like that of `ignore`; requests there are answered late on purpose (long polling), so they are never
   * slow; `,` for none, in code and file `[]`.
   *
   * In the environment: `ACCESS_LOG_LONG_POLLS`. Taken by `HttpAccessLogInstrumentation` and
   * `TokenBucketLogRecordProcessor`.
   * @defaultValue `['GET /socket.io/**']`
   * @example longPolls: ['GET /events/poll', '/signalr/**']
   */
  readonly longPolls?: readonly string[] | undefined;
  /**
   * An exchange that is open for so long gives an event `access_log.started`, and `access_log.progress` each
   * time that as long has passed again, with the bytes so far; `0` is never.
   *
   * Unit: ms.
   * In the environment: `ACCESS_LOG_LONG_AFTER_MS`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `0` ms
   * @example longAfterMs: 60000
   */
  readonly longAfterMs?: number | undefined;
  /**
   * List of `[METHOD ]path-glob`; not recorded unless they end in an error; `*` is any text within a segment,
   * `**` any number of segments, `?` one character; applies only where all match that a server may take the
   * path for (dot segments, `//`, percent-encoding).
   *
   * In the environment: `ACCESS_LOG_IGNORE`. Taken by `HttpAccessLogInstrumentation` and
   * `TokenBucketLogRecordProcessor`.
   * @defaultValue `[]`
   * @example ignore: ['/healthz', 'GET /static/**']
   */
  readonly ignore?: readonly string[] | undefined;
  /**
   * List like that of `ignore`; recorded as DEBUG, so only when the level is lowered.
   *
   * In the environment: `ACCESS_LOG_NOISE`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `[]`
   * @example noise: ['/healthz', '/metrics']
   */
  readonly noise?: readonly string[] | undefined;
  /**
   * What switches to `errors` mode, in which only errors, slow exchanges and one in a hundred of the rate of
   * normal records are written: `on` too many normal records, a full memory limit, and loss; `delivery` the
   * last two; `off` nothing.
   *
   * In the environment: `ACCESS_LOG_DEGRADE`. Taken by `TokenBucketLogRecordProcessor`.
   * @defaultValue `'on'`
   * @example degrade: 'delivery'
   */
  readonly degrade?: 'on' | 'delivery' | 'off' | undefined;
  /**
   * How long at least half of the normal records must be suppressed before `errors` mode begins.
   *
   * Unit: ms.
   * In the environment: `ACCESS_LOG_DEGRADE_AFTER_MS`. Taken by `TokenBucketLogRecordProcessor`.
   * @defaultValue `30000` ms
   * @example degradeAfterMs: 60000
   */
  readonly degradeAfterMs?: number | undefined;
  /**
   * How long it must have been calm before `errors` mode ends; each relapse within ten minutes doubles it, up
   * to ten minutes.
   *
   * Unit: ms.
   * In the environment: `ACCESS_LOG_RECOVER_AFTER_MS`. Taken by `TokenBucketLogRecordProcessor`.
   * @defaultValue `60000` ms
   * @example recoverAfterMs: 120000
   */
  readonly recoverAfterMs?: number | undefined;
  /**
   * Part of the rates (those of normal records and of errors) that one client, and one route, may have while
   * they are scarce; what others leave is free for all; `1` is no limit.
   *
   * In the environment: `ACCESS_LOG_SHARE`. Taken by `TokenBucketLogRecordProcessor`.
   * @defaultValue `0.2`
   * @example share: 0.5
   */
  readonly share?: number | undefined;
  /**
   * A percentage of traces, the same ones in every service; `sampled`: those that tracing samples; `shadow`:
   * nothing is sent but heartbeats, with what would have been. Errors and WARN are outside of percentage and
   * `sampled`; what is left out counts as ignored.
   *
   * In the environment: `ACCESS_LOG_ROLLOUT`. Taken by `TokenBucketLogRecordProcessor`.
   * @defaultValue `100`
   * @example rollout: 10
   */
  readonly rollout?: number | 'shadow' | 'sampled' | undefined;
  /**
   * A secret, the same in all services: trace ids are hashed with it before the percentage of `rollout` is
   * applied, so that clients cannot choose to be left out.
   *
   * In the environment: `ACCESS_LOG_ROLLOUT_SEED`. Taken by `TokenBucketLogRecordProcessor`.
   * @defaultValue `''`
   * @example rolloutSeed: 'a secret of all services'
   */
  readonly rolloutSeed?: string | undefined;
  /**
   * List like that of `ignore`; the query is dropped as a whole there, and where a server may take the path
   * for one of these; `,` for none, in code and file `[]`.
   *
   * In the environment: `ACCESS_LOG_SENSITIVE_PATHS`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `['/login', '/oauth/**', '/token']`
   * @example sensitivePaths: ['/login', '/reset/**']
   */
  readonly sensitivePaths?: readonly string[] | undefined;
  /**
   * Peers whose proxy headers are believed: list of addresses, CIDRs and the names `loopback`, `linklocal`,
   * `uniquelocal`, `cloudflare`, `unix` (peers of a Unix domain socket); or one number alone: so many hops,
   * as Express counts them.
   *
   * In the environment: `ACCESS_LOG_TRUSTED_PROXIES`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `[]`
   * @example trustedProxies: ['loopback', '10.0.0.0/8']
   */
  readonly trustedProxies?: readonly string[] | number | undefined;
  /**
   * Headers that name the client, in order of precedence, believed only from a trusted peer; one without any
   * address in it is as good as absent; list only those that your proxy writes or removes; with `cloudflare`
   * among the trusted, `cf-connecting-ip` comes first where the peer, or the hop that the trusted walk
   * reached, is a Cloudflare address; naming it here believes it from any trusted peer.
   *
   * In the environment: `ACCESS_LOG_CLIENT_IP_HEADERS`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `['x-forwarded-for']`
   * @example clientIpHeaders: ['x-real-ip', 'x-forwarded-for']
   */
  readonly clientIpHeaders?: readonly string[] | undefined;
  /**
   * Headers that name the scheme, host and port that the client asked for, believed only from a trusted peer:
   * of `x-forwarded-proto`, `x-forwarded-host`, `x-forwarded-port`, `forwarded`; list only those that your
   * proxy writes or removes.
   *
   * In the environment: `ACCESS_LOG_ORIGIN_HEADERS`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `['x-forwarded-proto']`
   * @example originHeaders: ['x-forwarded-proto', 'x-forwarded-host']
   */
  readonly originHeaders?: readonly string[] | undefined;
  /**
   * `full`, `truncated` (/24, /48), `hash` (keyed, see `hashKeyFile`), `none`; for `client.address` and
   * `network.peer.address`.
   *
   * In the environment: `ACCESS_LOG_CLIENT_IP`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `'full'`
   * @example clientIp: 'truncated'
   */
  readonly clientIp?: 'full' | 'truncated' | 'hash' | 'none' | undefined;
  /**
   * List of request headers that are written; no other is.
   *
   * In the environment: `ACCESS_LOG_REQUEST_HEADERS`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `[]`
   * @example requestHeaders: ['x-request-id', 'accept-language']
   */
  readonly requestHeaders?: readonly string[] | undefined;
  /**
   * List of response headers that are written; no other is.
   *
   * In the environment: `ACCESS_LOG_RESPONSE_HEADERS`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `[]`
   * @example responseHeaders: ['content-type', 'cache-control']
   */
  readonly responseHeaders?: readonly string[] | undefined;
  /**
   * Path of a file of masking rules and of settings for an incident, read again when it changes
   * (docs/masking.md).
   *
   * In the environment: `ACCESS_LOG_RULES`. Taken by `HttpAccessLogInstrumentation` and
   * `TokenBucketLogRecordProcessor`.
   * @defaultValue `''`
   * @example rules: '/etc/shop/rules.yaml'
   */
  readonly rules?: string | undefined;
  /**
   * List of what is masked wherever it stands, by what it looks like: `jwt`, `bearer` (tokens after `Bearer`
   * or `Basic`), `key` (keys of cloud providers and code hosts), `card`, `email`, `phone`, `phone-cn`,
   * `id-cn`; `off` for none, in code and file `[]`.
   *
   * In the environment: `ACCESS_LOG_DETECT`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `['jwt', 'bearer', 'card', 'phone-cn']`
   * @example detect: ['jwt', 'bearer', 'card', 'email']
   */
  readonly detect?:
    | readonly ('jwt' | 'bearer' | 'key' | 'card' | 'email' | 'phone' | 'phone-cn' | 'id-cn')[]
    | undefined;
  /**
   * Path of a file with the key of hashes, of 32 bytes or more, read again when it changes; needed by
   * whatever is hashed.
   *
   * In the environment: `ACCESS_LOG_HASH_KEY_FILE`. Taken by `HttpAccessLogInstrumentation` and
   * `TokenBucketLogRecordProcessor`.
   * @defaultValue `''`
   * @example hashKeyFile: '/run/secrets/access-log-key'
   */
  readonly hashKeyFile?: string | undefined;
  /**
   * Where `session.id` comes from, in order: list of `field`, `cookie:NAME`, `header:NAME`, `baggage:KEY`;
   * always hashed; headers and baggage are believed only from `trustedProxies` (docs/identity.md).
   *
   * In the environment: `ACCESS_LOG_SESSION`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `[]`
   * @example session: ['cookie:sid']
   */
  readonly session?: readonly string[] | undefined;
  /**
   * List like that of `session`, for `user.id`.
   *
   * In the environment: `ACCESS_LOG_USER`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `[]`
   * @example user: ['field', 'header:x-user-id']
   */
  readonly user?: readonly string[] | undefined;
  /**
   * List like that of `session`, for `tenant.id`.
   *
   * In the environment: `ACCESS_LOG_TENANT`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `[]`
   * @example tenant: ['field', 'baggage:tenant']
   */
  readonly tenant?: readonly string[] | undefined;
  /**
   * List of claims of the bearer token that are written as `access_log.auth.claim.<name>`, not verified;
   * hashed unless `=plain` stands after the name.
   *
   * In the environment: `ACCESS_LOG_JWT_CLAIMS`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `[]`
   * @example jwtClaims: ['sub', 'iss=plain']
   */
  readonly jwtClaims?: readonly string[] | undefined;
  /**
   * Whether `access_log.auth.fingerprint`, a keyed hash of the credentials in `Authorization`, and
   * `access_log.auth.scheme` are written.
   *
   * In the environment: `ACCESS_LOG_AUTH_FINGERPRINT`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `false`
   * @example authFingerprint: true
   */
  readonly authFingerprint?: boolean | undefined;
  /**
   * List of request headers that are written only where an exchange ended as `detailWhen` says.
   *
   * In the environment: `ACCESS_LOG_DETAIL_REQUEST_HEADERS`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `[]`
   * @example detailRequestHeaders: ['content-type', 'x-client-version']
   */
  readonly detailRequestHeaders?: readonly string[] | undefined;
  /**
   * List of response headers that are written only where an exchange ended as `detailWhen` says.
   *
   * In the environment: `ACCESS_LOG_DETAIL_RESPONSE_HEADERS`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `[]`
   * @example detailResponseHeaders: ['retry-after']
   */
  readonly detailResponseHeaders?: readonly string[] | undefined;
  /**
   * List of endings with which detail is written: `4xx`, `5xx`, `aborted`, `timeout`, `crashed`, `rejected`,
   * `slow`; also for notes and fields of a handler that are meant for these only.
   *
   * In the environment: `ACCESS_LOG_DETAIL_WHEN`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `['5xx', 'timeout', 'crashed', 'slow']`
   * @example detailWhen: ['4xx', '5xx', 'timeout']
   */
  readonly detailWhen?:
    | readonly ('4xx' | '5xx' | 'aborted' | 'timeout' | 'crashed' | 'rejected' | 'slow')[]
    | undefined;
  /**
   * Whether `exception.message` is written beside `exception.type`: masked, at most 1,024 characters;
   * messages may quote what a client sent.
   *
   * In the environment: `ACCESS_LOG_EXCEPTION_MESSAGE`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `false`
   * @example exceptionMessage: true
   */
  readonly exceptionMessage?: boolean | undefined;
  /**
   * Headers in which each response tells its trace id: list of `x-trace-id`, `server-timing` (as
   * `traceparent;desc="00-…"`); `off` for none, in code and file `[]`.
   *
   * In the environment: `ACCESS_LOG_ECHO`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `[]`
   * @example echo: ['x-trace-id']
   */
  readonly echo?: readonly ('x-trace-id' | 'server-timing')[] | undefined;
  /**
   * With `echo`: `all`, or only peers that are `trusted` (`trustedProxies`).
   *
   * In the environment: `ACCESS_LOG_ECHO_TO`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `'all'`
   * @example echoTo: 'trusted'
   */
  readonly echoTo?: 'all' | 'trusted' | undefined;
  /**
   * Body of the record: `line`, `json`, `combined`.
   *
   * In the environment: `ACCESS_LOG_BODY`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `'line'`
   * @example body: 'json'
   */
  readonly body?: 'line' | 'json' | 'combined' | undefined;
  /**
   * When an upgrade (WebSocket) or a tunnel (CONNECT) is recorded: `end` of the connection, with its duration
   * and bytes, or `start`, as soon as the application has answered.
   *
   * In the environment: `ACCESS_LOG_UPGRADES`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `'end'`
   * @example upgrades: 'start'
   */
  readonly upgrades?: 'end' | 'start' | undefined;
  /**
   * Whether a TLS handshake that fails is recorded, as rejected.
   *
   * In the environment: `ACCESS_LOG_TLS_ERRORS`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `false`
   * @example tlsErrors: true
   */
  readonly tlsErrors?: boolean | undefined;
  /**
   * `auto`: the ids of the span that is active, or of the `traceparent` of the client; `off`: no ids.
   *
   * In the environment: `ACCESS_LOG_TRACING`. Taken by `HttpAccessLogInstrumentation`.
   * @defaultValue `'auto'`
   * @example tracing: 'off'
   */
  readonly tracing?: 'auto' | 'off' | undefined;
  /**
   * Encoded records held in memory while a receiver is slow or away; beyond it the oldest give way, counted
   * as lost. Default in a container of less than 640 MiB: an eighth of its memory, at least 8.
   *
   * Unit: MiB.
   * In the environment: `ACCESS_LOG_MEMORY_LIMIT_MIB`. Taken by `OtlpStreamLogRecordProcessor`.
   * @defaultValue `80` MiB
   * @example memoryLimitMib: 32
   */
  readonly memoryLimitMib?: number | undefined;
  /**
   * Exports at the same time, as many as half of the memory limit holds (of 2 MiB each under load).
   *
   * In the environment: `ACCESS_LOG_MAX_IN_FLIGHT`. Taken by `OtlpStreamLogRecordProcessor`.
   * @defaultValue `8`
   * @example maxInFlight: 4
   */
  readonly maxInFlight?: number | undefined;
  /**
   * File of headers for OTLP, `name=value` on each line, read again when it changes; they come before those
   * of `OTEL_EXPORTER_OTLP_HEADERS`.
   *
   * In the environment: `ACCESS_LOG_OTLP_HEADERS_FILE`. Taken by `OtlpStreamLogRecordProcessor`.
   * @defaultValue `''`
   * @example otlpHeadersFile: '/run/secrets/otlp-headers'
   */
  readonly otlpHeadersFile?: string | undefined;
  /**
   * Directory in which records that no receiver has acknowledged outlive the process; their files are in its
   * subdirectory `otel-access-log`, which only the user of the process may enter; many processes may share
   * it; empty: nothing touches the disk.
   *
   * In the environment: `ACCESS_LOG_SPOOL_DIR`. Taken by `OtlpStreamLogRecordProcessor`.
   * @defaultValue `''`
   * @example spoolDir: '/var/spool/shop'
   */
  readonly spoolDir?: string | undefined;
  /**
   * With `spoolDir`: records that one process keeps on disk; beyond it the oldest give way, counted as lost.
   *
   * Unit: MiB.
   * In the environment: `ACCESS_LOG_SPOOL_LIMIT_MIB`. Taken by `OtlpStreamLogRecordProcessor`.
   * @defaultValue `256` MiB
   * @example spoolLimitMib: 1024
   */
  readonly spoolLimitMib?: number | undefined;
  /**
   * With `spoolDir`: whether each write is flushed to the device (`fsync`), so that records outlive a power
   * failure too, and not only the process.
   *
   * In the environment: `ACCESS_LOG_SPOOL_FSYNC`. Taken by `OtlpStreamLogRecordProcessor`.
   * @defaultValue `false`
   * @example spoolFsync: true
   */
  readonly spoolFsync?: boolean | undefined;
}
