import { type Option, option } from '../option.ts';
import { boolean, oneOf } from '../values/values.ts';

export type BodyFormat = 'line' | 'json' | 'combined';
type StdoutFormat = 'auto' | 'off' | BodyFormat;
type Upgrades = 'end' | 'start';
type Tracing = 'auto' | 'context' | 'spans' | 'off';

/** Whether every record is a line on standard output. */
export function isLineFormat(stdout: StdoutFormat): stdout is BodyFormat {
  return stdout !== 'auto' && stdout !== 'off';
}

/** The form of a record, when it is written, and its ids. */
export const outputOptions = {
  /** Body of the record. Default `line`. */
  body: option(oneOf(['line', 'json', 'combined']), {
    default: 'line',
    meaning: 'body of the record: `line`, `json`, `combined`',
  }) as Option<BodyFormat>,
  /** Writes each record to standard output too, asynchronously. Default `auto`. */
  stdout: option(oneOf(['auto', 'off', 'line', 'json', 'combined']), {
    default: 'auto',
    meaning:
      '`line`, `json`, `combined`: each record also to standard output, asynchronously; `auto`: in colours on a terminal ' +
      'as long as no endpoint is configured and nothing listens at the default one, unless `NODE_ENV` is `production`; `off`',
  }) as Option<StdoutFormat>,
  /** When the record of an upgrade or a tunnel is written: at the end of the connection or at its handshake. Default `end`. */
  upgrades: option(oneOf(['end', 'start']), {
    default: 'end',
    meaning:
      'when an upgrade (WebSocket) or a tunnel (CONNECT) is recorded: `end` of the connection, with its duration and ' +
      'bytes, or `start`, as soon as the application has answered',
  }) as Option<Upgrades>,
  /** Whether failed TLS handshakes are recorded, as rejected. Default `false`. */
  tlsErrors: option(boolean, {
    default: false,
    meaning: 'whether a TLS handshake that fails is recorded, as rejected',
  }) as Option<boolean>,
  /** Where trace and span ids come from. Default `auto`. */
  tracing: option(oneOf(['auto', 'context', 'spans', 'off']), {
    default: 'auto',
    meaning:
      'with an SDK every value but `off` attaches; without one: `auto` ids on the record only, beside another tracing ' +
      'agent those of its spans, `context` also active in the handlers, `spans` NodeTracerProvider + ' +
      'HttpInstrumentation; `off` writes no ids',
  }) as Option<Tracing>,
  /** With `context` or `spans`: `traceparent` on outgoing requests. Default `false`. */
  propagate: option(boolean, {
    default: false,
    meaning:
      'with `context` or `spans`: `traceparent` on outgoing `fetch` and `http.request` (with `context` the latter on ' +
      'Node ≥ 22)',
  }) as Option<boolean>,
};
