import type { Exchange, Outcome } from '../http/exchange.ts';
import type { PathMatcher } from '../options/path/path-rules.ts';

import { DEBUG, INFO, isError, isSlow, type Severity, type SlowRules, severityOf } from './severity.ts';
import { judgedPathOf } from './target.ts';

/** What is known of an exchange before anything is built of it; enough to decide whether to build. */
export interface Assessment {
  /** Method as received. */
  readonly method: string;
  /** Path without query, as path rules judge it; computed when it is read. */
  readonly path: string;
  readonly route: string | undefined;
  /** Status code on the wire; `undefined` where none was sent. */
  readonly statusCode: number | undefined;
  readonly outcome: Outcome;
  /** OpenTelemetry severity number. */
  readonly severityNumber: number;
  /** 5xx, timeout or crashed. */
  readonly isError: boolean;
  /** The head took longer than `slowMs` (the whole exchange, where no head was sent), and it was no long poll. */
  readonly isSlow: boolean;
}

/** What decides on severity, compiled. */
export interface SeverityRules extends SlowRules {
  readonly isNoise: PathMatcher | undefined;
}

/** Severity of an exchange, noise considered. */
export function assessSeverity(exchange: Exchange, rules: SeverityRules): Severity {
  const { isNoise } = rules;
  const severity = severityOf(exchange, rules);
  if (severity !== INFO || isNoise === undefined) return severity;
  return isNoise(exchange.method, judgedPathOf(exchange.method, exchange.target)) ? DEBUG : INFO;
}

/**
 * One assessment that is filled again for every exchange, so that those which are suppressed cost no allocation.
 * It holds until the next {@link take}.
 */
export class ReusedAssessment implements Assessment {
  method = '';
  route: string | undefined;
  statusCode: number | undefined;
  outcome: Outcome = 'completed';
  severityNumber: number = INFO.number;
  isError = false;
  isSlow = false;

  readonly #rules: SeverityRules;
  #target = '';

  constructor(rules: SeverityRules) {
    this.#rules = rules;
  }

  get path(): string {
    return judgedPathOf(this.method, this.#target);
  }

  take(exchange: Exchange): Assessment {
    this.method = exchange.method;
    this.#target = exchange.target;
    this.route = exchange.route;
    this.statusCode = exchange.statusCode;
    this.outcome = exchange.outcome;
    this.severityNumber = assessSeverity(exchange, this.#rules).number;
    this.isError = isError(exchange);
    this.isSlow = isSlow(exchange, this.#rules);
    return this;
  }
}
