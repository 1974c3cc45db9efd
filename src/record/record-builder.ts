import type { HrTime } from '@opentelemetry/api';
import type { Connection, Exchange } from '../http/exchange.ts';
import type { RandomIds } from '../http/trace/random-ids.ts';
import type { BodyFormat } from '../options/schema.ts';
import { assessSeverity, ReusedAssessment, type SeverityRules } from './assessment.ts';
import { compileBadEnding } from './bad-ending.ts';
import { renderBody } from './body/body.ts';
import type { Identity } from './identity/identity.ts';
import { DEFAULT_MASKING } from './masking/default-masking.ts';
import type { Masking } from './masking/masking.ts';
import { describeOpen, type OpenExchangeDescription } from './open-exchange.ts';
import { compileExcludedPaths } from './paths/excluded-paths.ts';
import { compileExchangeReader } from './reading/exchange-reader.ts';
import type { ExchangeReceipt } from './receipt/receipt.ts';
import { ReceiptCache } from './receipt/receipt-cache.ts';
import type { RecordFields } from './record-fields.ts';
import type { RecordOptions } from './record-options.ts';
import { RecordWriter } from './record-writer.ts';
import type { SampledExchange } from './sampled-exchange.ts';
import type { Severity } from './severity.ts';

/** Event name of the record of an exchange. */
export const REQUEST_EVENT = 'access_log.request';

/** What a record has beside its exchange. */
export interface RecordSource {
  readonly hrTime: HrTime;
  readonly severityNumber: number;
  readonly severityText: string;
  /** The ids where they are numbers; otherwise `spanContext` has them, if there are any. */
  readonly randomIds?: RandomIds | undefined;
  readonly spanContext?:
    | { readonly traceId: string; readonly spanId: string; readonly traceFlags: number }
    | undefined;
  readonly suppressedBefore: number;
  /** The rules that were in force at the end of the exchange. */
  readonly masking: Masking;
  /** Who it was; `undefined` where that is not known. */
  readonly identity: Identity | undefined;
  /** Attributes of the user's hook; `undefined` without a hook. */
  readonly hookAttributes: Readonly<Record<string, unknown>> | undefined;
  /** `service.name`. */
  readonly service: string | undefined;
}

/** Builds records of exchanges. What depends on options alone is compiled beforehand. */
export interface RecordBuilder {
  /** Lower-case names of the request headers that the observer has to keep. */
  readonly requestHeaderNames: readonly string[];
  /** Lower-case names of the request headers that the observer has to keep for {@link identify}. */
  readonly identityHeaderNames: readonly string[];
  /** Whether the peer of a connection is trusted. */
  readonly isPeerTrusted: (connection: Connection) => boolean;
  /** Whether the observer has to keep the response head. */
  readonly wantsResponseHead: boolean;
  /** The rules that are in force now. */
  readonly masking: Masking;
  /** Who it was; takes the headers away that it reads. `undefined` where that is not known. */
  identify(exchange: Exchange): Identity | undefined;
  /** Assesses an exchange without building its record. The result is one object, filled again by the next call. */
  assess(exchange: Exchange): SampledExchange;
  /** The address of a client, as an assessment has it, as the record shows it. */
  showClient(address: string): string;
  severityOf(exchange: Exchange): Severity;
  receiptOf(exchange: Exchange, suppressedBefore: number): ExchangeReceipt;
  /** Reads all fields of the record of the exchange. The result is one object, filled again by the next call. */
  read(exchange: Exchange, source: RecordSource): RecordFields;
  /**
   * Describes an exchange that is open, with what its record would show of it.
   *
   * @param hookAttributes those that replace ours have an effect
   */
  describeOpen(
    exchange: Exchange,
    hookAttributes: Readonly<Record<string, unknown>> | undefined,
  ): OpenExchangeDescription;
  /** The body of the record. @param format default: that of the options */
  bodyOf(exchange: Exchange, source: RecordSource, format?: BodyFormat): string;
}

/**
 * Compiles the options into a builder of records.
 *
 * @throws TypeError where `trustedProxies` or a path rule is malformed
 */
export function compileRecordBuilder(options: RecordOptions): RecordBuilder {
  const { slowMs, longPolls, noise, masking = { current: DEFAULT_MASKING } } = options;
  const rules: SeverityRules = {
    slowMs,
    isLongPoll: compileExcludedPaths(longPolls),
    isNoise: compileExcludedPaths(noise),
  };
  const fields = compileExchangeReader(options, compileBadEnding(options.detailWhen, rules));
  const assessment = new ReusedAssessment(rules, fields.clients, options.canary ?? '');
  const writer = new RecordWriter();
  const receipts = new ReceiptCache();

  function read(exchange: Exchange, source: RecordSource, format: BodyFormat): void {
    fields.read(writer, exchange, source.masking, source.identity, source.hookAttributes);
    const { hrTime } = source;
    writer.timestampSeconds = hrTime[0];
    writer.timestampNanos = hrTime[1];
    writer.severityNumber = source.severityNumber;
    writer.severityText = source.severityText;
    // A line of JSON has the ids as text.
    const randomIds = format === 'json' ? undefined : source.randomIds;
    const spanContext = randomIds === undefined ? source.spanContext : undefined;
    writer.randomIds = randomIds;
    writer.traceId = spanContext?.traceId;
    // Empty where only the trace id is known.
    writer.spanId = spanContext?.spanId || undefined;
    writer.traceFlags = (randomIds ?? spanContext)?.traceFlags ?? 0;
    writer.suppressedBefore = source.suppressedBefore;
  }

  return {
    requestHeaderNames: fields.requestHeaderNames,
    wantsResponseHead: options.responseHeaders.length > 0 || options.detailResponseHeaders.length > 0,
    identityHeaderNames: fields.identityHeaderNames,
    isPeerTrusted: fields.isPeerTrusted,
    get masking() {
      return masking.current;
    },
    identify: (exchange) => fields.identify(exchange, masking.current),
    assess: (exchange) => assessment.fill(exchange),
    showClient: (address) => fields.showClient(address, masking.current),
    severityOf: (exchange) => assessSeverity(exchange, rules),
    receiptOf: (exchange, suppressedBefore) => receipts.of(exchange, suppressedBefore),
    read: (exchange, source) => {
      read(exchange, source, options.body);
      writer.body = options.body === 'line' ? undefined : renderBody(options.body, writer, source.service);
      return writer;
    },
    describeOpen: (exchange, hookAttributes) => {
      fields.read(writer, exchange, masking.current, undefined, hookAttributes);
      return describeOpen(writer, assessSeverity(exchange, rules));
    },
    bodyOf: (exchange, source, format = options.body) => {
      read(exchange, source, format);
      return renderBody(format, writer, source.service);
    },
  };
}
