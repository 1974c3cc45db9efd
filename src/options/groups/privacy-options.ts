import { NONE, type Option, option } from '../option.ts';
import {
  boolean,
  claims,
  filePath,
  headerNames,
  identitySources,
  listOfWords,
  oneOf,
  orOff,
  shownSources,
} from '../values/values.ts';

/** What is looked for in every text, by what it looks like. */
export type DetectorName = 'jwt' | 'bearer' | 'key' | 'card' | 'email' | 'phone' | 'phone-cn' | 'id-cn';
/** An ending with which detail is written. */
export type BadEnding = '4xx' | '5xx' | 'aborted' | 'timeout' | 'crashed' | 'rejected' | 'slow';
type Echo = 'x-trace-id' | 'server-timing';
type EchoTo = 'all' | 'trusted';

export const DETECTORS: readonly DetectorName[] = [
  'jwt',
  'bearer',
  'key',
  'card',
  'email',
  'phone',
  'phone-cn',
  'id-cn',
];

const BAD_ENDINGS: readonly BadEnding[] = ['4xx', '5xx', 'aborted', 'timeout', 'crashed', 'rejected', 'slow'];

/** What of personal data and secrets is masked, whom a record names, and what it tells of an exchange that went badly. */
export const privacyOptions = {
  /** File of masking rules and of settings for an incident, read again when it changes. Default empty. */
  rules: option(filePath, {
    default: '',
    meaning:
      'path of a file of masking rules and of settings for an incident, read again when it changes ' +
      '([masking](masking.md))',
  }) as Option<string>,
  /** What is masked wherever it stands, by what it looks like. Default `jwt,bearer,card,phone-cn`. */
  detect: option(orOff(listOfWords(DETECTORS, 'a list of')), {
    default: ['jwt', 'bearer', 'card', 'phone-cn'],
    meaning:
      'list of what is masked wherever it stands, by what it looks like: `jwt`, `bearer` (tokens after `Bearer` or ' +
      '`Basic`), `key` (keys of cloud providers and code hosts), `card`, `email`, `phone`, `phone-cn`, `id-cn`; `off` ' +
      'for none, in code and file `[]`',
  }) as Option<readonly DetectorName[]>,
  /** File with the key of hashes, 32 bytes or more, read again when it changes. Default empty. */
  hashKeyFile: option(filePath, {
    default: '',
    meaning:
      'path of a file with the key of hashes, of 32 bytes or more, read again when it changes; needed by whatever ' +
      'is hashed',
  }) as Option<string>,
  /** Where `session.id` is read from, in order; it is always hashed. Default empty. */
  session: option(identitySources, {
    default: NONE,
    meaning:
      'where `session.id` comes from, in order: list of `field`, `cookie:NAME`, `header:NAME`, `baggage:KEY`; always ' +
      'hashed; headers and baggage are believed only from `trustedProxies` ([identity](identity.md))',
  }) as Option<readonly string[]>,
  /** Where `user.id` is read from, in order. Default empty. */
  user: option(shownSources, {
    default: NONE,
    meaning: 'list like that of `session`, for `user.id`',
  }) as Option<readonly string[]>,
  /** Where `tenant.id` is read from, in order. Default empty. */
  tenant: option(shownSources, {
    default: NONE,
    meaning: 'list like that of `session`, for `tenant.id`',
  }) as Option<readonly string[]>,
  /** Claims of a bearer token that are written, unverified; hashed unless `=plain`. Default empty. */
  jwtClaims: option(claims, {
    default: NONE,
    meaning:
      'list of claims of the bearer token that are written as `access_log.auth.claim.<name>`, not ' +
      'verified; hashed unless `=plain` stands after the name',
  }) as Option<readonly string[]>,
  /** Whether a keyed hash of the `Authorization` header is written. Default `false`. */
  authFingerprint: option(boolean, {
    default: false,
    meaning:
      'whether `access_log.auth.fingerprint`, a keyed hash of the credentials in `Authorization`, and ' +
      '`access_log.auth.scheme` are written',
  }) as Option<boolean>,
  /** Request headers that are written only where the exchange went badly. Default empty. */
  detailRequestHeaders: option(headerNames, {
    default: NONE,
    meaning: 'list of request headers that are written only where an exchange ended as `detailWhen` says',
  }) as Option<readonly string[]>,
  /** Response headers that are written only where the exchange went badly. Default empty. */
  detailResponseHeaders: option(headerNames, {
    default: NONE,
    meaning: 'list of response headers that are written only where an exchange ended as `detailWhen` says',
  }) as Option<readonly string[]>,
  /** Endings with which detail is written. Default `5xx,timeout,crashed,slow`. */
  detailWhen: option(listOfWords(BAD_ENDINGS, 'a list of'), {
    default: ['5xx', 'timeout', 'crashed', 'slow'],
    meaning:
      'list of endings with which detail is written: `4xx`, `5xx`, `aborted`, `timeout`, `crashed`, `rejected`, ' +
      '`slow`; also for notes and fields of a handler that are meant for these only',
  }) as Option<readonly BadEnding[]>,
  /** Whether the message of an error is written, with a 5xx or a crash. Default `false`. */
  exceptionMessage: option(boolean, {
    default: false,
    meaning:
      'whether `exception.message` is written beside `exception.type`: masked, at most 1,024 characters; messages ' +
      'may quote what a client sent',
  }) as Option<boolean>,
  /** Headers in which a response tells the trace id. Default empty. */
  echo: option(orOff(listOfWords(['x-trace-id', 'server-timing'], 'a list of')), {
    default: [],
    meaning:
      'headers in which each response tells its trace id: list of `x-trace-id`, `server-timing` (as ' +
      '`traceparent;desc="00-…"`); `off` for none, in code and file `[]`',
  }) as Option<readonly Echo[]>,
  /** Who is told the trace id. Default `all`. */
  echoTo: option(oneOf(['all', 'trusted']), {
    default: 'all',
    meaning: 'with `echo`: `all`, or only peers that are `trusted` (`trustedProxies`)',
  }) as Option<EchoTo>,
};
