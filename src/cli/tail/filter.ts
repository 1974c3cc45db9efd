import { compilePathRules } from '../../options/path/path-rules.ts';
import { integerOf, numberOf, textOf } from '../../render/plain.ts';
import type { ReceivedRecord } from '../receiver/otlp-record.ts';

type Attributes = ReceivedRecord['attributes'];

/** What is asked for; a list that is empty, or a field that is absent, asks for nothing. */
export interface FilterOptions {
  /** `404` or `5xx`; one of them must hold. */
  readonly statuses: readonly string[];
  /** `[METHOD ]glob`, for the route or the path; one of them must hold. */
  readonly routes: readonly string[];
  /** Values of `service.name`; one of them must hold. */
  readonly services: readonly string[];
  /** Seconds to the head of the response (the whole duration where none was sent), at least. */
  readonly slowSeconds?: number;
  /** Beginning of the trace id, lower-case hex. */
  readonly trace?: string;
}

/** What is looked at of a record. */
export type FilteredRecord = Pick<ReceivedRecord, 'attributes' | 'resource' | 'traceId'>;

export type RecordFilter = (record: FilteredRecord) => boolean;

/**
 * Does a record come from one of the services?
 * @returns `undefined` where none is asked for
 */
export function compileServiceFilter({ services }: FilterOptions): RecordFilter | undefined {
  if (services.length === 0) return undefined;
  const wanted = new Set<unknown>(services);
  return ({ resource }) => wanted.has(resource['service.name']);
}

/**
 * Does a record meet all conditions but the service? A condition on an attribute that the record lacks is not met: a
 * heartbeat has no status, an application's log no route. The ledger's events have a route and a class of status.
 * @throws TypeError for a glob that is none
 */
export function compileFilter(options: FilterOptions): RecordFilter {
  const conditions: RecordFilter[] = [];
  const { statuses, slowSeconds, trace } = options;
  if (statuses.length > 0) conditions.push(statusFilter(new Set(statuses)));
  const matches = compilePathRules(options.routes);
  if (matches !== undefined)
    conditions.push(({ attributes }) => targetsOf(attributes).some(matchesOne(matches, attributes)));
  if (slowSeconds !== undefined) conditions.push(({ attributes }) => secondsOf(attributes) >= slowSeconds);
  if (trace !== undefined) conditions.push(({ traceId }) => traceId?.startsWith(trace) ?? false);
  return (record) => conditions.every((condition) => condition(record));
}

function statusFilter(wanted: ReadonlySet<string>): RecordFilter {
  const classes = new Set([...wanted].map((status) => `${status[0]}xx`));
  return ({ attributes }) => {
    const status = integerOf(attributes['http.response.status_code']);
    if (status !== undefined) {
      return wanted.has(String(status)) || wanted.has(`${Math.floor(status / 100)}xx`);
    }
    // The 404 that is looked for may be among the 4xx that were suppressed.
    return classes.has(textOf(attributes['access_log.status_class']) ?? '');
  };
}

function matchesOne(
  matches: (method: string, path: string) => boolean,
  attributes: Attributes,
): (target: string) => boolean {
  const method = textOf(attributes['http.request.method']) ?? '';
  return (target) => matches(method, target);
}

/** A person who asks for `/orders/*` means the route `/orders/:id`, and the path where no route is known. */
function targetsOf(attributes: Attributes): string[] {
  return [attributes['http.route'], attributes['url.path']].filter((target) => typeof target === 'string');
}

function secondsOf(attributes: Attributes): number {
  return (
    numberOf(attributes['access_log.time_to_headers']) ??
    numberOf(attributes['http.server.request.duration']) ??
    Number.NEGATIVE_INFINITY
  );
}
