import { type Context, isValidTraceId, trace } from '@opentelemetry/api';
import type { LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import type { AccessLogOptions } from '../options/access-log-options.ts';
import { OptionsError, problem, showGiven } from '../options/options-error.ts';
import { resolveKnownMethods } from '../options/otel-environment.ts';
import { resolveOptions } from '../options/resolve.ts';
import { type RuntimeSettings, withRuntime } from '../options/rules/runtime-settings.ts';
import { WatchedRules } from '../options/rules/watched-rules.ts';
import type { ResolvedOptions } from '../options/schema.ts';
import { processClock } from '../record/clock.ts';
import { HashKey } from '../record/masking/hash-key.ts';
import { compileKnownMethods } from '../record/reading/method.ts';
import { isLossSource } from '../record/receipt/loss-source.ts';
import { REQUEST_EVENT } from '../record/record-builder.ts';
import { lineOfCaught } from '../telemetry/caught.ts';
import { codeNotices, isNewOfRules } from '../telemetry/code-notices.ts';
import { PROCESS_ID } from '../telemetry/heartbeat.ts';
import { RulesAnnouncer } from './events/rules-announcer.ts';
import { announceMode } from './mode/announce-mode.ts';
import { SamplingProcessor } from './sampling-processor.ts';
import { type SamplingSettings, samplingSettings } from './sampling-settings.ts';
import { registerProcessor, unregisterProcessor } from './skipped-exchanges.ts';

/**
 * The options of the access log, of which those have an effect here that say so, also where the file of `rules` sets
 * them, and the names of the events that are sampled.
 */
export interface TokenBucketOptions extends AccessLogOptions {
  /** Names of the events that are sampled; every other record passes. Default `['access_log.request']`. */
  readonly select?: readonly string[] | undefined;
}

/**
 * Puts a token bucket before any other log record processor, of the 2.x or the 3.x SDK. Records beyond the rate are
 * suppressed and counted; errors have a reserve. Exact counts of what was suppressed follow, on the next record of
 * the same key or as `access_log.suppressed`, and the totals as `access_log.heartbeat`.
 *
 * @example
 * new TokenBucketLogRecordProcessor({ rate: 100, burst: 200 }, new BatchLogRecordProcessor({ exporter }))
 */
export class TokenBucketLogRecordProcessor extends SamplingProcessor {
  readonly #select: ReadonlySet<string | undefined>;
  readonly #rules: WatchedRules<HashKey, undefined>;
  readonly #announcer: RulesAnnouncer;
  #isWatching: boolean;

  /**
   * @param options in code before environment (`ACCESS_LOG_…`) before configuration file before default
   * @param next receives the records that pass
   * @throws {TypeError} for an option that is unknown or not as expected, for a rules file that cannot be used, and where
   *   `next` is no processor
   */
  constructor(options: TokenBucketOptions, next: LogRecordProcessor) {
    const { resolved, settingsWith } = resolveSettings(options);
    const rules = new WatchedRules({
      options: resolved,
      parseKey: (bytes) => HashKey.of(bytes),
      compile: () => undefined,
    });
    const settings = settingsWith(rules.runtime);
    const wrapped = checkedNext(next);
    const delivery = isLossSource(wrapped) ? wrapped : undefined;
    const notices = codeNotices();
    super(
      settings,
      {
        ...(delivery === undefined ? {} : { delivery: () => delivery.counts() }),
        ...(delivery?.backlog === undefined ? {} : { backlog: () => delivery.backlog?.() ?? 0 }),
        onMode: announceMode({
          onMode: resolved.onMode,
          warn: (text) => notices.warn('mode', text),
          onHookError: (error) =>
            notices.error(
              'hook.onMode',
              `the onMode hook threw and is not called any more: ${lineOfCaught(error)}`,
            ),
        }),
        ...(rules.hasFiles ? { rules: () => ({ ...rules.status, unmatched: [] }) } : {}),
        now: () => performance.now(),
        timestamp: () => processClock.now(),
        wallTime: (atMs) => processClock.wallTime(atMs),
        processId: PROCESS_ID,
        onError: (error) =>
          notices.error('next', `the processor behind the token bucket failed: ${lineOfCaught(error)}`),
      },
      wrapped,
    );
    delivery?.setLossListener((receipt, errorType, count) => this.recordLost(receipt, errorType, count));
    if (settings.select.includes(REQUEST_EVENT)) registerProcessor(this);
    this.#select = new Set(settings.select);
    this.#rules = rules;
    this.#isWatching = !rules.hasFiles;
    this.#announcer = new RulesAnnouncer({
      status: () => rules.status,
      onChanged: () => this.reconfigure(settingsWith(rules.runtime)),
      writeEvent: (content) => this.writeEvent(content, () => undefined),
      warn: (text) => {
        if (isNewOfRules(text)) notices.warn('rules', text, 0);
      },
      info: (text) => {
        if (isNewOfRules(text)) notices.info('rules.recovered', text, 0);
      },
      onError: (error) => notices.error('internal', `internal error: ${lineOfCaught(error)}`),
    });
  }

  override onEmit(record: ReadWriteLogRecord, context?: Context): void {
    if (context !== undefined && record.spanContext === undefined) restoreTrace(record, context);
    super.onEmit(record, context);
    if (!this.#isWatching && this.#select.has(record.eventName)) this.#watch();
  }

  /** From the first record on that is sampled: until then nothing of ours starts. */
  #watch(): void {
    this.#isWatching = true;
    this.#announcer.onStarted();
    this.#rules.start(this.#announcer);
  }

  override shutdown(): Promise<void> {
    unregisterProcessor(this);
    this.#isWatching = true;
    this.#rules.stop();
    return super.shutdown();
  }
}

/**
 * Sets the trace id of a context that has a trace and no span, which the SDK drops: an SDK without HttpInstrumentation
 * makes no span for an exchange.
 */
function restoreTrace(record: ReadWriteLogRecord, context: Context): void {
  const spanContext = trace.getSpanContext(context);
  const isTraceAlone = spanContext?.spanId === '' && isValidTraceId(spanContext.traceId);
  if (isTraceAlone && OF_ONE_EXCHANGE.has(record.eventName)) record.spanContext = spanContext;
}

/** Events that have the trace of an exchange. */
const OF_ONE_EXCHANGE: ReadonlySet<string | undefined> = new Set([
  REQUEST_EVENT,
  'access_log.started',
  'access_log.progress',
]);

interface ResolvedSettings {
  readonly resolved: ResolvedOptions;
  /** @param runtime what the rules file sets */
  readonly settingsWith: (runtime: RuntimeSettings) => SamplingSettings;
}

function resolveSettings(options: TokenBucketOptions): ResolvedSettings {
  const { select, ...others }: TokenBucketOptions = { ...options };
  // The resolver refuses options that are no object.
  const resolved = resolveOptions(typeof options === 'object' ? options && others : options);
  if (select !== undefined && !isListOfNames(select)) {
    throw new OptionsError([problem('select', 'a list of event names', showGiven(select), 'from code')]);
  }
  const knownMethods = compileKnownMethods(resolveKnownMethods());
  return {
    resolved,
    settingsWith: (runtime) => samplingSettings(withRuntime(resolved, runtime), knownMethods, select),
  };
}

function isListOfNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '');
}

function checkedNext(next: LogRecordProcessor): LogRecordProcessor {
  if (typeof next?.onEmit === 'function') return next;
  throw new OptionsError([problem('next', 'a log record processor', showGiven(next), 'from code')]);
}
