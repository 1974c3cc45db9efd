import {
  type Answer,
  type ReceivedRecord,
  type ReceivedRequest,
  type Receiver,
  type ReceiverTls,
  startReceiver,
} from '../../src/cli/receiver/otlp-receiver.ts';
import { LineWriter } from '../../src/cli/tail/pipe/line-writer.ts';
import { plainText } from '../../src/render/line-cells.ts';
import { Changes } from './changes.ts';
import type { TestOwner } from './owner.ts';

type AnswerHook = (request: ReceivedRequest) => Answer | undefined | Promise<Answer | undefined>;

/** What ends a wait: so many records, or a condition on all records so far. */
type Wanted = number | ((records: readonly ReceivedRecord[]) => boolean);

export interface TestReceiver {
  readonly grpcPort: number;
  readonly httpPort: number;
  /** `http://127.0.0.1:<port>` (`https` with TLS), as for `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly grpcEndpoint: string;
  readonly httpEndpoint: string;
  readonly counts: Receiver['counts'];
  /** Every record taken so far, in the order of arrival. */
  readonly records: readonly ReceivedRecord[];
  /** Every export that could be read so far, refused ones too. */
  readonly requests: readonly ReceivedRequest[];
  /** How exports are answered from now on; `undefined` for success at once. */
  answerWith(hook: AnswerHook | undefined): void;
  /** All records once there are as many as wanted. @throws Error after `timeoutMs` (default 10 s), with what came */
  waitForRecords(wanted: Wanted, timeoutMs?: number): Promise<readonly ReceivedRecord[]>;
  /** As `waitForRecords`, looking at records of exchanges only: no ledger, no heartbeat, no application logs. */
  waitForExchanges(wanted: Wanted, timeoutMs?: number): Promise<readonly ReceivedRecord[]>;
  /** All exports once there are so many. */
  waitForRequests(count: number, timeoutMs?: number): Promise<readonly ReceivedRequest[]>;
  close(graceMs?: number): Promise<void>;
}

function linesOf(records: readonly ReceivedRecord[]): string {
  const lines = new LineWriter();
  return records.map((record) => plainText(lines.line(record))).join('\n');
}

/** A receiver on free ports that is closed when the test ends. */
export async function startTestReceiver(
  owner: TestOwner,
  options: { readonly tls?: ReceiverTls; readonly grpcPort?: number; readonly httpPort?: number } = {},
): Promise<TestReceiver> {
  const records: ReceivedRecord[] = [];
  const requests: ReceivedRequest[] = [];
  const arrivals = new Changes();
  let hook: AnswerHook | undefined;
  const receiver = await startReceiver({
    grpcPort: 0,
    httpPort: 0,
    ...options,
    onRecord: (record) => {
      records.push(record);
      arrivals.notify();
    },
    onRequest: (request) => {
      requests.push(request);
      arrivals.notify();
      return hook?.(request);
    },
  });
  owner.after(() => receiver.close());

  const wait = <T>(
    list: () => readonly T[],
    isEnough: (list: readonly T[]) => boolean,
    what: string,
    timeoutMs = 10_000,
  ): Promise<readonly T[]> =>
    arrivals.until(
      () => {
        const soFar = list();
        return isEnough(soFar) ? soFar : undefined;
      },
      timeoutMs,
      () => `${what} expected, got:\n${linesOf(records)}`,
    );

  const scheme = options.tls === undefined ? 'http' : 'https';
  return {
    grpcPort: receiver.grpcPort,
    httpPort: receiver.httpPort,
    grpcEndpoint: `${scheme}://127.0.0.1:${receiver.grpcPort}`,
    httpEndpoint: `${scheme}://127.0.0.1:${receiver.httpPort}`,
    counts: receiver.counts,
    records,
    requests,
    answerWith: (next) => {
      hook = next;
    },
    waitForRecords: (wanted, timeoutMs) =>
      wait(() => [...records], enoughFor(wanted), describeWanted(wanted, 'records'), timeoutMs),
    waitForExchanges: (wanted, timeoutMs) =>
      wait(
        () => records.filter(isExchange),
        enoughFor(wanted),
        describeWanted(wanted, 'exchanges'),
        timeoutMs,
      ),
    waitForRequests: (count, timeoutMs) =>
      wait(
        () => [...requests],
        ({ length }) => length >= count,
        `${count} requests`,
        timeoutMs,
      ),
    close: (graceMs) => receiver.close(graceMs),
  };
}

/** True for the record of an exchange (design section 6: it has an outcome, our other events have not). */
export function isExchange(record: ReceivedRecord): boolean {
  return record.attributes['access_log.outcome'] !== undefined;
}

function enoughFor(wanted: Wanted): (records: readonly ReceivedRecord[]) => boolean {
  return typeof wanted === 'number' ? ({ length }) => length >= wanted : wanted;
}

function describeWanted(wanted: Wanted, things: string): string {
  return typeof wanted === 'number' ? `${wanted} ${things}` : `${things} that meet the condition`;
}
