import { AsyncResource } from 'node:async_hooks';
import { isatty } from 'node:tty';
import { isMainThread } from 'node:worker_threads';
import { isProduction, type OtelEnvironment, type ResolvedOptions } from '../options/options.ts';
import { hostAndPort } from '../options/otlp/host-and-port.ts';
import type { AccessLogRecord } from '../record/access-log-record.ts';
import type { Notices } from '../telemetry/notices.ts';
import { isRedirected } from '../telemetry/prompt-output.ts';
import type { DeliveryCounts } from '../telemetry/totals.ts';
import type { TerminalView } from './terminal-view.ts';

/** Records that are kept until it is known whether they arrive. */
const MAX_HELD = 100;

const STANDARD_OUTPUT = 1;

/**
 * - `looking`: whether something listens is not known yet; records are held
 * - `shown`: nothing listens, so each record is a line
 * - `silent`: something listens
 * - `never`: standard output is no terminal, or the process one in production
 */
type State = 'looking' | 'shown' | 'silent' | 'never';

interface Dependencies {
  /** Writes a line to standard output. */
  readonly write: (line: string) => void;
  readonly counts: () => DeliveryCounts;
  readonly notices: Notices;
  readonly onError: (error: unknown) => void;
}

/**
 * The access log on the terminal of the application itself, as long as nothing receives it: in development, where no
 * endpoint is configured and nothing listens at the default one. Once a receiver is there the lines end, and begin again
 * when it has gone.
 */
export class TerminalLog {
  readonly #dependencies: Dependencies;
  readonly #receiver: string;
  readonly #address: { readonly host: string; readonly port: number };
  // Socket and timer must not hold on to the context of a request.
  readonly #startup = new AsyncResource('otel-access-log.terminal');
  #state: State = 'looking';
  #held: AccessLogRecord[] = [];
  #isRefused: ((host: string, port: number) => Promise<boolean>) | undefined;
  #view: TerminalView | undefined;
  #deliveredBefore = 0;
  /** The notice of a failed delivery, which is written where something listens all the same. */
  #postponed: (() => void) | undefined;

  /** `undefined` where nothing may be shown, whatever happens. Looks at nothing that takes time. */
  static of(
    { stdout }: ResolvedOptions,
    { logsExporter, otlp }: OtelEnvironment,
    dependencies: Dependencies,
  ): TerminalLog | undefined {
    const mayBeSeen = stdout === 'auto' && isMainThread && !isProduction() && isatty(STANDARD_OUTPUT);
    if (!mayBeSeen || logsExporter !== 'otlp' || !otlp.isDefault || otlp.proxy !== undefined)
      return undefined;
    return new TerminalLog(otlp, dependencies);
  }

  private constructor({ url, endpoint, protocol }: OtelEnvironment['otlp'], dependencies: Dependencies) {
    this.#address = hostAndPort(new URL(url));
    this.#receiver = `${endpoint} (${protocol})`;
    this.#dependencies = dependencies;
  }

  get isShown(): boolean {
    return this.#state === 'shown';
  }

  /** Called at the first exchange. The environment may have become that of production since. */
  start(): void {
    if (isProduction() || isRedirected('stdout')) {
      this.#never();
      return;
    }
    this.#startup.runInAsyncScope(() => {
      void this.#load().catch((error: unknown) => {
        this.#never();
        this.#dependencies.onError(error);
      });
    });
  }

  /** The record of an exchange that has ended. */
  show(record: AccessLogRecord): void {
    if (this.#state === 'shown') this.#write(record);
    else if (this.#state !== 'never' && this.#held.push(record) > MAX_HELD) this.#held.shift();
  }

  /** Delivery fails. @param tell writes the notice of that, unless what is shown says so already */
  onWaiting(message: string, tell: () => void): void {
    if (this.#state === 'never') tell();
    else if (this.#state === 'looking') this.#postponed = tell;
    else if (this.#state === 'silent') {
      this.#postponed = tell;
      this.#state = 'looking';
      this.#startup.runInAsyncScope(() => void this.#look());
    } else if (!message.includes('ECONNREFUSED')) tell();
  }

  /** Records were delivered or lost. */
  onSettled(): void {
    const { delivered, pending } = this.#dependencies.counts();
    if (this.#state === 'silent' && pending === 0) this.#held = [];
    if (this.#state !== 'shown' || delivered <= this.#deliveredBefore) return;
    this.#state = 'silent';
    const text =
      `records arrive at ${this.#receiver} now, those shown before too, so no more lines here; ` +
      'ACCESS_LOG_STDOUT=line keeps them';
    this.#dependencies.notices.info('terminal', text, 0);
  }

  async #load(): Promise<void> {
    const { isRefused, isTerminal, TerminalView } = await import('./terminal-view.ts');
    if (!isTerminal()) {
      this.#never();
      return;
    }
    this.#view = new TerminalView();
    this.#isRefused = isRefused;
    await this.#look();
  }

  async #look(): Promise<void> {
    const isRefused = (await this.#isRefused?.(this.#address.host, this.#address.port)) ?? false;
    if (isRefused) this.#begin();
    else this.#leave('silent');
  }

  #begin(): void {
    const { notices, counts } = this.#dependencies;
    const { delivered, pending } = counts();
    this.#state = 'shown';
    this.#deliveredBefore = delivered;
    this.#postponed = undefined;
    const { host, port } = this.#address;
    const hint =
      `nothing listens on ${host}:${port}, so the access log is shown here; try \`npx otel-access-log tail\` or ` +
      '`doctor`; ACCESS_LOG_STDOUT=off hides it';
    notices.info('terminal', hint, 0);
    // Those before them have arrived.
    for (const record of pending === 0 ? [] : this.#held.slice(-pending)) this.#write(record);
    this.#held = [];
  }

  #never(): void {
    this.#leave('never');
  }

  #leave(state: 'silent' | 'never'): void {
    this.#state = state;
    if (state === 'never') this.#held = [];
    this.#postponed?.();
    this.#postponed = undefined;
  }

  #write(record: AccessLogRecord): void {
    if (this.#view !== undefined) this.#dependencies.write(this.#view.lineOf(record));
  }
}
