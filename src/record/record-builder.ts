import type { Exchange } from '../http/exchange.ts';
import { compilePathRules } from '../options/path-rules.ts';
import { type Assessment, assessSeverity, ReusedAssessment, type SeverityRules } from './assessment.ts';
import type { RecordAttributes } from './attribute-writer.ts';
import { compileAttributes } from './attributes.ts';
import { type RecordContext, renderBody } from './body.ts';
import type { RecordOptions } from './record-options.ts';

/** Event name of the record of an exchange. */
export const REQUEST_EVENT = 'access_log.request';

/** A log record, except for what only the pipeline knows: timestamp and context. */
interface LogRecordFields {
  readonly eventName: typeof REQUEST_EVENT;
  readonly severityNumber: number;
  readonly severityText: string;
  /** One line, without line break. */
  readonly body: string;
  readonly attributes: RecordAttributes;
}

/** Makes records of exchanges; whatever depends on options only is compiled. */
export interface RecordBuilder {
  /** Lower-case names of the request headers that the observer must keep. */
  readonly requestHeaderNames: readonly string[];
  /** Whether the observer must keep the response head. */
  readonly wantsResponseHead: boolean;
  /** Looks at an exchange without building anything. The result is one object, filled again by the next call. */
  assess(exchange: Exchange): Assessment;
  /**
   * Builds the record. The exchange stays as it is.
   *
   * @param additions attributes of the user's hook
   */
  build(
    exchange: Exchange,
    context: RecordContext,
    additions?: Readonly<Record<string, unknown>>,
  ): LogRecordFields;
}

/**
 * Compiles the options into a builder of records.
 *
 * @throws TypeError where `trustedProxies` or a path rule is malformed
 */
export function compileRecordBuilder(options: RecordOptions): RecordBuilder {
  const rules: SeverityRules = { slowMs: options.slowMs, isNoise: compilePathRules(options.noise) };
  const assessment = new ReusedAssessment(rules);
  const attributesOf = compileAttributes(options);
  return {
    requestHeaderNames: attributesOf.requestHeaderNames,
    wantsResponseHead: options.responseHeaders.length > 0,
    assess: (exchange) => assessment.take(exchange),
    build: (exchange, context, additions) => {
      const severity = assessSeverity(exchange, rules);
      const attributes = attributesOf.build(exchange, additions);
      const severityText = severity.text;
      const body = renderBody(options.body, { severityText, attributes }, context);
      return { eventName: REQUEST_EVENT, severityNumber: severity.number, severityText, body, attributes };
    },
  };
}
