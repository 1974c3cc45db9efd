import { AsyncResource } from 'node:async_hooks';
import {
  BroadcastChannel,
  getEnvironmentData,
  receiveMessageOnPort,
  setEnvironmentData,
  threadId,
  type Worker,
} from 'node:worker_threads';
import type { ProcessEnd } from '../http/observed-exchange.ts';
import { ThreadAccount } from './thread-account.ts';
import type { DeliveryRequest, Serving, ThreadMessage } from './thread-messages.ts';

/** Name of the channel, and of the environment data with a thread's ancestors. The number is the version of the messages. */
const NAME = 'otel-access-log.threads.2';

/** A serving thread that ends with this one. */
interface ThreadBelow {
  readonly thread: number;
  readonly above: readonly number[];
  readonly account: ThreadAccount;
  /** The last request that it was waited for; 0 for none. */
  unanswered: number;
  /** The part of what it has not delivered that was reported before. */
  taken: Undelivered;
}

export interface Undelivered {
  readonly records: number;
  readonly lines: number;
}

export interface AskedThreads {
  /** Resolves when all have answered; never, if one does not. */
  answered(): Promise<void>;
  /** Blocks this thread until all have answered, or the deadline has passed. */
  waitUntil(deadlineMs: number): void;
}

export interface ThreadsListener {
  /** This thread has started its first Worker, whose records depend on how this thread ends. */
  onWorker(): void;
  /** A thread below this one has begun to serve. */
  onServing(): void;
  /** This thread is asked to deliver. @returns whether its end would have more to deliver */
  onAsked(request: DeliveryRequest): Promise<boolean>;
  /** A Worker of this thread has ended without delivering this. */
  onTerminated(undelivered: Undelivered): void;
}

const NO_LISTENER: ThreadsListener = {
  onWorker: () => undefined,
  onServing: () => undefined,
  onAsked: async () => false,
  onTerminated: () => undefined,
};

/**
 * A serving thread ends with its parent thread and with the process, without any event. So a thread that ends asks its
 * descendants to deliver and waits for them: their event loops run while this thread is blocked in `exit`.
 *
 * Opens nothing before the first Worker, or the first exchange of a Worker. Keeps no thread alive.
 */
export class Threads {
  #listener: ThreadsListener = NO_LISTENER;
  readonly #below = new Map<number, ThreadBelow>();
  // Not in the context of the request that opens the channel.
  readonly #startup = new AsyncResource('otel-access-log.threads');
  #above: readonly number[] = [];
  #account: ThreadAccount | undefined;
  #channel: BroadcastChannel | undefined;
  #isWatching = false;
  #hasWorkers = false;
  #requests = 0;
  #onAnswered: (() => void)[] = [];

  /** Replaces the listener. Default: none. */
  attach(listener: ThreadsListener = NO_LISTENER): void {
    this.#listener = listener;
  }

  /** Watches for Workers that this thread starts. Idempotent. */
  watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const above = getEnvironmentData(NAME);
    if (Array.isArray(above)) this.#above = above;
    setEnvironmentData(NAME, [...this.#above, threadId]);
    process.on('worker', (worker) => this.#onWorker(worker));
  }

  /** Announces this thread as a Worker that serves. @returns its account, which the caller updates */
  serve(): ThreadAccount {
    const account = new ThreadAccount();
    this.#account = account;
    this.#post({ kind: 'serving', thread: threadId, above: this.#above, shared: account.shared });
    return account;
  }

  /** Whether descendants have something to deliver and can be expected to answer. */
  get haveWork(): boolean {
    this.#receive();
    return this.#toAsk().length > 0;
  }

  /** What the descendants have not delivered, without what an earlier call returned. */
  takeUndelivered(): Undelivered {
    return undeliveredBy([...this.#below.values()]);
  }

  /** Asks the descendants to deliver what they have. @param end how their open exchanges end, where this thread is in `exit` */
  ask(isFinal: boolean, end?: ProcessEnd): AskedThreads {
    this.#receive();
    const threads = this.#toAsk();
    const number = ++this.#requests;
    // Without the error: what an application throws may be nothing that a message can hold.
    const told = end && { outcome: end.outcome, errorCode: end.errorCode };
    if (threads.length > 0) this.#post({ kind: 'deliver', above: threadId, number, isFinal, end: told });
    const isAnswered = (): boolean => threads.every(({ account }) => account.hasAnswered(number));
    return {
      answered: () =>
        new Promise((resolve) => {
          const look = (): void => (isAnswered() ? resolve() : void this.#onAnswered.push(look));
          look();
        }),
      waitUntil: (deadlineMs) => {
        for (const thread of threads) {
          thread.account.waitFor(number, deadlineMs);
          thread.unanswered = number;
        }
      },
    };
  }

  /** This thread ends, and has reported what it has not delivered. */
  end(): void {
    this.#account?.end();
  }

  /** A thread that has missed the deadline of a request is not waited for again. */
  #toAsk(): readonly ThreadBelow[] {
    return [...this.#below.values()].filter(
      ({ account, unanswered }) => account.hasWork && account.hasAnswered(unanswered),
    );
  }

  #onWorker(worker: Worker): void {
    const { threadId: thread } = worker;
    if (!this.#hasWorkers) {
      this.#hasWorkers = true;
      this.#open();
      this.#listener.onWorker();
    }
    worker.once('exit', () => this.#onWorkerExit(thread));
  }

  /** Its descendants have ended with it. What they reported themselves is not reported again. */
  #onWorkerExit(thread: number): void {
    this.#receive();
    const ended = [...this.#below.values()].filter(
      (below) => below.thread === thread || below.above.includes(thread),
    );
    const undelivered = undeliveredBy(ended);
    for (const below of ended) {
      below.account.end();
      this.#below.delete(below.thread);
    }
    if (undelivered.records > 0 || undelivered.lines > 0) this.#listener.onTerminated(undelivered);
  }

  #onMessage(message: ThreadMessage): void {
    switch (message.kind) {
      case 'serving':
        this.#onServing(message);
        break;
      case 'deliver':
        if (this.#above.includes(message.above)) void this.#deliver(message);
        break;
      case 'answered':
        for (const look of this.#onAnswered.splice(0)) look();
    }
  }

  #onServing({ thread, above, shared }: Serving): void {
    if (!above.includes(threadId)) return;
    for (const below of this.#below.values()) {
      // The end of a Worker's own Workers raises no event here.
      if (below.account.hasEnded) this.#below.delete(below.thread);
    }
    this.#below.set(thread, {
      thread,
      above,
      account: new ThreadAccount(shared),
      unanswered: 0,
      taken: { records: 0, lines: 0 },
    });
    this.#listener.onServing();
  }

  async #deliver(request: DeliveryRequest): Promise<void> {
    const account = this.#account;
    if (account === undefined) return;
    const hasMore = await this.#listener.onAsked(request);
    account.answer(request.number, hasMore);
    this.#post({ kind: 'answered' });
  }

  #post(message: ThreadMessage): void {
    this.#open().postMessage(message);
  }

  #open(): BroadcastChannel {
    this.#channel ??= this.#startup.runInAsyncScope(() => {
      const channel = new BroadcastChannel(NAME);
      channel.onmessage = ({ data }) => this.#onMessage(data);
      channel.unref();
      return channel;
    });
    return this.#channel;
  }

  /** Handles messages now that the event loop would deliver later. */
  #receive(): void {
    if (this.#channel === undefined) return;
    try {
      for (;;) {
        // The types allow a MessagePort only; Node takes a BroadcastChannel too.
        const received = Reflect.apply(receiveMessageOnPort, undefined, [this.#channel]);
        if (received === undefined) return;
        this.#onMessage(received.message);
      }
    } catch {
      // Deno takes no BroadcastChannel here.
    }
  }
}

function undeliveredBy(threads: readonly ThreadBelow[]): Undelivered {
  let records = 0;
  let lines = 0;
  for (const thread of threads) {
    const { account, taken } = thread;
    thread.taken = { records: account.waiting + account.open, lines: account.lines };
    records += Math.max(0, thread.taken.records - taken.records);
    lines += Math.max(0, thread.taken.lines - taken.lines);
  }
  return { records, lines };
}
