// Asks Loki in LogQL and hands back what a test can compare.
import { poll } from './poll.ts';

/** Milliseconds since the epoch as a number, or nanoseconds as a bigint. */
export type Time = number | bigint;

export interface LogLine {
  /** Nanoseconds since the epoch. */
  readonly timestamp: bigint;
  readonly line: string;
  /** The index labels of its stream. */
  readonly labels: Readonly<Record<string, string>>;
  /** Its structured metadata. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The labels that the parsers of the query have made of the line. */
  readonly parsed: Readonly<Record<string, string>>;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface QueryOptions {
  readonly start?: Time;
  readonly end?: Time;
  readonly limit?: number;
  readonly direction?: 'forward' | 'backward';
}

export interface WaitOptions extends QueryOptions {
  readonly timeoutMs?: number;
}

/** Loki answered, but not with 200. */
export class LokiError extends Error {
  readonly status: number;

  constructor(status: number, body: string) {
    super(`Loki answered ${status}: ${body.trim()}`);
    this.status = status;
  }
}

interface Answer {
  readonly data: {
    readonly resultType: string;
    readonly result: readonly {
      readonly stream?: Record<string, string>;
      readonly metric?: Record<string, string>;
      readonly value?: readonly [number, string];
      readonly values?: readonly (readonly [
        string,
        string,
        { structuredMetadata?: Record<string, string>; parsed?: Record<string, string> }?,
      ])[];
    }[];
  };
}

const LIMIT = 10_000;

export class LokiClient {
  readonly #url: string;
  readonly #tenant: string;
  readonly #since: number;

  constructor(url: string, tenant: string) {
    this.#url = url;
    this.#tenant = tenant;
    this.#since = Date.now() - 60 * 60_000;
  }

  /** Log lines in the order of their timestamps; without a range: from an hour before this client to now. */
  async query(logql: string, options: QueryOptions = {}): Promise<LogLine[]> {
    const { start = this.#since, end = Date.now() + 60_000, limit = LIMIT, direction = 'forward' } = options;
    const answer = await this.#get('query_range', {
      query: logql,
      start: nanoseconds(start),
      end: nanoseconds(end),
      limit: String(limit),
      direction,
    });
    if (answer.data.resultType !== 'streams') throw new Error(`no log query, use queryInstant: ${logql}`);
    const lines = answer.data.result.flatMap(({ stream = {}, values = [] }) =>
      values.map(([timestamp, line, more]) => ({
        timestamp: BigInt(timestamp),
        line,
        labels: stream,
        metadata: more?.structuredMetadata ?? {},
        parsed: more?.parsed ?? {},
      })),
    );
    const sign = direction === 'forward' ? 1 : -1;
    return lines.sort((a, b) => sign * Number(a.timestamp - b.timestamp));
  }

  /** The series of a metric query at one moment. */
  async queryInstant(logql: string, time: Time = Date.now()): Promise<Sample[]> {
    const answer = await this.#get('query', { query: logql, time: nanoseconds(time), limit: String(LIMIT) });
    if (answer.data.resultType !== 'vector') throw new Error(`no metric query, use query: ${logql}`);
    return answer.data.result.map(({ metric = {}, value }) => ({
      labels: metric,
      value: Number(value?.[1]),
    }));
  }

  /** Takes lines as an agent sends them that reads standard output, as one stream. */
  async push(labels: Readonly<Record<string, string>>, lines: readonly string[]): Promise<void> {
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    const values = lines.map((line, index) => [String(nowNs + BigInt(index)), line]);
    const answer = await fetch(`${this.#url}/loki/api/v1/push`, {
      method: 'POST',
      headers: { 'X-Scope-OrgID': this.#tenant, 'Content-Type': 'application/json' },
      body: JSON.stringify({ streams: [{ stream: labels, values }] }),
      signal: AbortSignal.timeout(30_000),
    });
    if (!answer.ok) throw new LokiError(answer.status, await answer.text());
  }

  /** Asks again until the lines are as wanted; when time is up, says what there was instead. */
  waitFor(
    logql: string,
    wanted: (lines: readonly LogLine[]) => boolean,
    options: WaitOptions = {},
  ): Promise<LogLine[]> {
    return seen(logql, () => this.query(logql, options), wanted, options.timeoutMs);
  }

  /** The same for a metric query. */
  waitForSamples(
    logql: string,
    wanted: (samples: readonly Sample[]) => boolean,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<Sample[]> {
    return seen(logql, () => this.queryInstant(logql), wanted, options.timeoutMs);
  }

  async #get(path: string, parameters: Record<string, string>): Promise<Answer> {
    const answer = await fetch(`${this.#url}/loki/api/v1/${path}?${new URLSearchParams(parameters)}`, {
      // Otherwise the structured metadata of a line is mixed into the labels of its stream.
      headers: { 'X-Scope-OrgID': this.#tenant, 'X-Loki-Response-Encoding-Flags': 'categorize-labels' },
      signal: AbortSignal.timeout(30_000),
    });
    if (!answer.ok) throw new LokiError(answer.status, await answer.text());
    return (await answer.json()) as Answer;
  }
}

function seen<T>(
  logql: string,
  ask: () => Promise<T[]>,
  wanted: (found: readonly T[]) => boolean,
  timeoutMs: number | undefined,
): Promise<T[]> {
  return poll({
    what: `in Loki: ${logql}`,
    ask,
    wanted,
    show: (found) => {
      const last = JSON.stringify(found.slice(-5), (_, value) =>
        typeof value === 'bigint' ? `${value}` : value,
      );
      return `${found.length} results, the last of them: ${last}`;
    },
    timeoutMs,
    // 4xx is a wrong query.
    isFinal: (error) => error instanceof LokiError && error.status < 500,
  });
}

function nanoseconds(time: Time): string {
  return String(typeof time === 'bigint' ? time : BigInt(Math.floor(time)) * 1_000_000n);
}
