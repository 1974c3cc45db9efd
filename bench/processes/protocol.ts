/** What the runner asks the processes that it starts, over IPC. */
import type { Profiler } from 'node:inspector';

/** What a server has used since it started; all threads of the process. */
export interface Usage {
  /** Requests that reached the handler. */
  readonly served: number;
  /** Monotonic clock of the server, milliseconds. */
  readonly atMs: number;
  /** Microseconds. */
  readonly userMicros: number;
  /** Microseconds. */
  readonly systemMicros: number;
  /** Highest resident set size so far, KiB. */
  readonly peakRssKib: number;
  /** What the young generation of the main thread's heap has in memory now; bytes. */
  readonly youngBytes: number;
}

/** What the main thread did to its heap between two questions. */
export interface HeapUse {
  readonly allocatedBytes: number;
  /** Length of all pauses for garbage collection. */
  readonly gcMicros: number;
}

/** How long the event loop was held between two questions, milliseconds. */
export interface LoopHold {
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly longestMs: number;
}

export interface ServerAnswers {
  usage: Usage;
  heapStart: Usage;
  heapStop: HeapUse & Usage;
  /** Collects all garbage; bytes that are in use on the heap after that. */
  liveHeap: number;
  loopStart: Usage;
  loopStop: LoopHold & Usage;
  profileStart: Usage;
  profileStop: Usage & { readonly profile: Profiler.Profile };
  /** Takes no more connections, waits for those that are open, flushes the log that it knows of. */
  finish: Usage;
}

/** A server whose access log is switched on and off. */
export interface SwitchedServerAnswers {
  usage: Usage;
  on: Usage;
  off: Usage;
  loopStart: Usage;
  loopStop: LoopHold & Usage;
  finish: Usage;
}

/** What a receiver has got since it was asked to start again. */
export interface Received {
  /** Log records of exchanges. */
  readonly records: number;
  /** Log records that are this package's own events: ledger and heartbeat. */
  readonly events: number;
  /** Exports of log records. */
  readonly exports: number;
  /** Exports of spans. */
  readonly traceExports: number;
}

export interface ReceiverAnswers {
  counts: Received;
  reset: null;
}

export interface LoadResult {
  /** Responses with status 2xx. */
  readonly fine: number;
  /** Other responses, errors and timeouts. */
  readonly failed: number;
  /** Of all responses, heads included. */
  readonly bytes: number;
}

export interface LoadAnswers {
  /** Ends the load. */
  stop: LoadResult;
}

/** First message of each process: the port that it listens on, or talks to. */
export const READY = 'ready';

export interface Answer {
  readonly question: string;
  readonly answer: unknown;
}

/** In a child: says that it is ready, and answers from then on. */
export function answerRunner<Answers>(
  port: number,
  answers: { readonly [Question in keyof Answers]: () => Answers[Question] | Promise<Answers[Question]> },
): void {
  const send = (answer: Answer): void => {
    process.send?.(answer);
  };
  process.on('message', async (question: string) => {
    send({ question, answer: await answers[question as keyof Answers]() });
  });
  // A runner that is gone has no more questions.
  process.on('disconnect', () => process.exit());
  send({ question: READY, answer: port });
}
