import { AsyncResource } from 'node:async_hooks';
import {
  BroadcastChannel,
  getEnvironmentData,
  receiveMessageOnPort,
  setEnvironmentData,
  threadId,
  type Worker,
} from 'node:worker_threads';
import { ThreadAccount } from './thread-account.ts';
import type { DeliveryRequest, Serving, ThreadMessage } from './thread-messages.ts';

/** The channel of all threads of the process, and the threads above this one; the number is that of the messages. */
const NAME = 'otel-access-log.threads.1';

/** A thread that serves, and ends with this one. */
interface ThreadBelow {
  readonly thread: number;
  readonly above: readonly number[];
  readonly account: ThreadAccount;
  /** The last request whose time was up; 0 for none. */
  unanswered: number;
  /** What was told already of what it has not delivered. */
  taken: Undelivered;
}

export interface Undelivered {
  readonly records: number;
  readonly lines: number;
}

export interface AskedThreads {
  /** Settles when all have answered; or never. */
  answered(): Promise<void>;
  /** Stops this thread until all have answered, or the time is up. */
  waitUntil(deadlineMs: number): void;
}

export interface ThreadsListener {
  /** This thread has made its first Worker, whose records depend on how this thread ends. */
  onWorker(): void;
  /** A thread below this one has begun to serve. */
  onServing(): void;
  /** This thread is asked to deliver. @returns whether its end would have more to deliver */
  onAsked(request: DeliveryRequest): Promise<boolean>;
  /** A Worker of this thread was terminated, and had this. */
  onTerminated(undelivered: Undelivered): void;
}

const NOBODY: ThreadsListener = {
  onWorker: () => undefined,
  onServing: () => undefined,
  onAsked: async () => false,
  onTerminated: () => undefined,
};

/**
 * Threads that serve end with the thread that made them, and with the process, and learn nothing of it: the thread that
 * ends asks those below it to deliver, and waits for them. Their event loops run while this thread waits in `exit`.
 *
 * Starts nothing before the first Worker, or the first exchange of a thread that is one. Holds no thread.
 */
export class Threads {
  #listener: ThreadsListener = NOBODY;
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

  /** Calls back to this listener from now on, and no more to the one before; by default to none. */
  attach(listener: ThreadsListener = NOBODY): void {
    this.#listener = listener;
  }

  /** Looks for Workers that this thread makes; does nothing if it does already. */
  watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const above = getEnvironmentData(NAME);
    if (Array.isArray(above)) this.#above = above;
    setEnvironmentData(NAME, [...this.#above, threadId]);
    process.on('worker', (worker) => this.#onWorker(worker));
  }

  /** This thread is a Worker that serves. @returns its account, for it to keep */
  serve(): ThreadAccount {
    const account = new ThreadAccount();
    this.#account = account;
    this.#post({ kind: 'serving', thread: threadId, above: this.#above, shared: account.shared });
    return account;
  }

  /** Whether threads below this one have something to deliver, and may be expected to. */
  get haveWork(): boolean {
    this.#receive();
    return this.#toAsk().length > 0;
  }

  /** What the threads below this one have not delivered, apart from what was taken before. */
  takeUndelivered(): Undelivered {
    return undeliveredBy([...this.#below.values()]);
  }

  /** Has the threads below this one deliver what they have. @param isExit whether this thread is in `exit` */
  ask(isFinal: boolean, isExit: boolean): AskedThreads {
    this.#receive();
    const threads = this.#toAsk();
    const number = ++this.#requests;
    if (threads.length > 0) this.#post({ kind: 'deliver', above: threadId, number, isFinal, isExit });
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

  /** This thread has come to its end, and told what it has not delivered. */
  end(): void {
    this.#account?.end();
  }

  /** A thread that has let a request go unanswered to the end of its time is not waited for again. */
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

  /** With it those have ended that it had made. What they told themselves is not told again. */
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
      // Those that a thread below has made end without an event here.
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

  /** What the event loop would bring, at once. */
  #receive(): void {
    if (this.#channel === undefined) return;
    try {
      for (;;) {
        // Its types know of a MessagePort only.
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
    thread.taken = { records: account.waiting, lines: account.lines };
    records += Math.max(0, thread.taken.records - taken.records);
    lines += Math.max(0, thread.taken.lines - taken.lines);
  }
  return { records, lines };
}
