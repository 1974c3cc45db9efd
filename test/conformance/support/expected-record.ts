import type { ExpectedRecord, Scenario, Transport } from './scenario.ts';
import { readWire, type WireResponse } from './wire-responses.ts';

const WHOLE: ReadonlySet<string> = new Set(['completed', 'upgraded', 'tunneled']);

/** What is compared of a record. */
export interface Compared {
  readonly method: unknown;
  readonly path: unknown;
  readonly outcome: unknown;
  readonly errorType: unknown;
  readonly statusCode: unknown;
  readonly requestBodySize: unknown;
  readonly bodySize: unknown;
  readonly size: unknown;
}

export function comparedOf(attributes: Readonly<Record<string, unknown>>): Compared {
  return {
    method: attributes['http.request.method'],
    path: attributes['url.path'],
    outcome: attributes['access_log.outcome'],
    errorType: attributes['error.type'],
    statusCode: attributes['http.response.status_code'],
    requestBodySize: attributes['http.request.body.size'],
    bodySize: attributes['http.response.body.size'],
    size: attributes['http.response.size'],
  };
}

/**
 * What the records of a scenario have to say, by its row and the bytes that its client received.
 *
 * @param recorded what they say: a size is taken over where it is within what the row allows
 */
export function expectedOf(
  scenario: Scenario,
  received: Buffer,
  node: number,
  transport: Transport,
  recorded: readonly Compared[],
): readonly Compared[] {
  const wire = readWire(received, scenario.methods);
  const rows = typeof scenario.records === 'function' ? scenario.records(node, transport) : scenario.records;
  return rows.map((row, index) => {
    const answer = row.answer === null ? undefined : wire[row.answer ?? index];
    return expect(row, answer, recorded[index]?.bodySize);
  });
}

function expect(row: ExpectedRecord, answer: WireResponse | undefined, recordedSize: unknown): Compared {
  const { method = 'GET', path = '/', outcome = 'completed', requestBodySize = 0, isBroken, instead } = row;
  const statusCode = instead === undefined ? answer?.status : instead.statusCode;
  // Without a code: the status of a server error (semantic conventions, `error.type`), else how it ended.
  const isServerError = statusCode !== undefined && statusCode >= 500;
  const fallback = WHOLE.has(outcome) ? undefined : outcome;
  return {
    method,
    path: path ?? undefined,
    outcome,
    errorType: row.errorType ?? (isServerError ? String(statusCode) : fallback),
    statusCode,
    requestBodySize: requestBodySize ?? undefined,
    bodySize: instead === undefined ? answer?.bodySize : within(instead.bodySize, recordedSize),
    size: instead === undefined ? (isBroken ? undefined : answer?.size) : instead.size,
  };
}

/** @returns what was recorded, where it is some of the most that it may be */
function within(bodySize: number | { readonly atMost: number } | undefined, recorded: unknown): unknown {
  if (typeof bodySize !== 'object') return bodySize;
  const { atMost } = bodySize;
  return typeof recorded === 'number' && recorded > 0 && recorded <= atMost ? recorded : bodySize;
}
