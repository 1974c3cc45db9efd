import { NONE, type Option, option } from '../option.ts';
import { milliseconds, timerMilliseconds } from '../values/units.ts';
import { boolean, integer, number, oneOf, pathRules } from '../values/values.ts';

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** Which exchanges are recorded, and as how severe. */
export const samplingOptions = {
  /** Whether there is an access log at all. Default `true`. */
  enabled: option(boolean, {
    default: true,
    meaning: 'whether there is an access log at all',
  }) as Option<boolean>,
  /** Minimum severity. Default `info`. */
  level: option(oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal']), {
    default: 'info',
    meaning: 'minimum severity: `trace`, `debug`, `info`, `warn`, `error`, `fatal`',
  }) as Option<Level>,
  /** Token bucket for normal records: records per second and process, also below 1. Default `1000`. */
  rate: option(number(0), {
    default: 1000,
    unit: 'records per second',
    meaning: 'token bucket for normal records, per process; may be below 1',
  }) as Option<number>,
  /** How many records that bucket lets through at once. Default `2000`. */
  burst: option(integer(1), {
    default: 2000,
    unit: 'records',
    meaning: 'how many that bucket lets through at once',
  }) as Option<number>,
  /** Reserve for errors (5xx, timeout, crashed, slow): records per second and process. Default `200`. */
  errorRate: option(number(0), {
    default: 200,
    unit: 'records per second',
    meaning: 'reserve for errors (5xx, timeout, crashed, slow), per process',
  }) as Option<number>,
  /** How many errors the reserve lets through at once. Default `1000`. */
  errorBurst: option(integer(1), {
    default: 1000,
    unit: 'records',
    meaning: 'how many errors the reserve lets through at once',
  }) as Option<number>,
  /** Bucket of what is rejected before it is a request: records per second and process. Default `100`. */
  rejectedRate: option(number(0), {
    default: 100,
    unit: 'records per second',
    meaning:
      'bucket of what is rejected before it is a request (malformed, headers too large or too late), per process; ' +
      'it draws from no other',
  }) as Option<number>,
  /** How many rejected requests that bucket lets through at once. Default `200`. */
  rejectedBurst: option(integer(1), {
    default: 200,
    unit: 'records',
    meaning: 'how many rejected requests that bucket lets through at once',
  }) as Option<number>,
  /** Milliseconds to the response head from which an exchange is slow: WARN, and may draw from the reserve. Default `1000`. */
  slowMs: option(milliseconds, {
    default: 1000,
    unit: 'ms',
    meaning:
      'an exchange whose response head took longer (the whole exchange, where no head was sent) is slow: WARN, and it ' +
      'may draw from the reserve',
  }) as Option<number>,
  /** Path rules, `[METHOD ]glob`: requests that are answered late on purpose, so never slow. Default `GET /socket.io/**`. */
  longPolls: option(pathRules, {
    default: ['GET /socket.io/**'],
    meaning:
      'list like that of `ignore`; requests there are answered late on purpose (long polling), so they are never ' +
      'slow; `,` for none, in code and file `[]`',
  }) as Option<readonly string[]>,
  /** Milliseconds after which an open exchange gives `access_log.started`, then `progress`; 0 is never. Default `0`. */
  longAfterMs: option(timerMilliseconds, {
    default: 0,
    unit: 'ms',
    meaning:
      'an exchange that is open for so long gives an event `access_log.started`, and `access_log.progress` each time ' +
      'that as long has passed again, with the bytes so far; `0` is never',
  }) as Option<number>,
  /** Path rules, `[METHOD ]glob`: not recorded unless they end in an error. Default empty. */
  ignore: option(pathRules, {
    default: NONE,
    meaning:
      'list of `[METHOD ]path-glob`; not recorded unless they end in an error; `*` is any text within a segment, ' +
      '`**` any number of segments, `?` one character; applies only where all match that a server may take the path ' +
      'for (dot segments, `//`, percent-encoding)',
  }) as Option<readonly string[]>,
  /** Path rules, `[METHOD ]glob`: DEBUG instead of INFO, so recorded only at a lower level. Default empty. */
  noise: option(pathRules, {
    default: NONE,
    meaning: 'list like that of `ignore`; recorded as DEBUG, so only when the level is lowered',
  }) as Option<readonly string[]>,
};
