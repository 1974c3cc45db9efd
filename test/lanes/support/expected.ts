// What the records of the exchanges of a run must say.
import assert from 'node:assert/strict';
import type { TestReceiver } from '../../support/receiver.ts';
import type { Exchange } from './traffic.ts';

/** The part of a record that follows from its exchange. */
interface Told {
  readonly method: unknown;
  readonly path: unknown;
  readonly route: unknown;
  readonly status: unknown;
  readonly outcome: unknown;
  readonly service: unknown;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly flags: number;
}

/** Exactly one record for each exchange, with the ids of the span that was active for the application. */
export async function assertRecords(
  receiver: TestReceiver,
  exchanges: readonly Exchange[],
  service: string,
): Promise<void> {
  const records = await receiver.waitForExchanges(exchanges.length);
  const told = records.map(
    ({ attributes, resource, traceId, spanId, flags }): Told => ({
      method: attributes['http.request.method'],
      path: attributes['url.path'],
      route: attributes['http.route'],
      status: attributes['http.response.status_code'],
      outcome: attributes['access_log.outcome'],
      service: resource['service.name'],
      traceId,
      spanId,
      flags,
    }),
  );
  const ofOthers = told.filter(
    ({ method, path }) => !exchanges.some((one) => one.method === method && one.path === path),
  );
  assert.deepEqual(ofOthers, [], 'no record of anything else');
  for (const exchange of exchanges) {
    const { method, path, route, status } = exchange;
    const own = told.filter((record) => record.method === method && record.path === path);
    const ids = exchange.span ?? idsWithoutSpan(exchange, own[0]);
    assert.deepEqual(own, [{ method, path, route, status, outcome: 'completed', service, ...ids }]);
  }
  assert.equal(new Set(told.map(({ spanId }) => spanId)).size, exchanges.length, 'span ids are unique');
}

/** Without an SDK: the trace of the `traceparent`, if there was one, and new ids else (design 5.3). */
function idsWithoutSpan(
  { traceparent }: Exchange,
  record: Told | undefined,
): Pick<Told, 'traceId' | 'spanId' | 'flags'> {
  const [, traceId, parentId, flags] = traceparent?.split('-') ?? [];
  assert.match(record?.traceId ?? '', /^(?!0+$)[\da-f]{32}$/);
  assert.match(record?.spanId ?? '', /^(?!0+$)[\da-f]{16}$/);
  assert.notEqual(record?.spanId, parentId);
  return {
    traceId: traceId ?? record?.traceId,
    spanId: record?.spanId,
    flags: flags === undefined ? 1 : Number(flags),
  };
}
