import { TraceFlags } from '@opentelemetry/api';
import type { Exchange, Outcome } from '../http/exchange.ts';
import type { PathMatcher } from '../options/path/path-rules.ts';
import type { ClientAddressReader } from './client/client-address.ts';
import { rpcStatusOf } from './grpc-status.ts';
import { judgedPathOf } from './reading/target.ts';
import type { SampledExchange } from './sampled-exchange.ts';
import { DEBUG, INFO, isError, isSlow, type Severity, type SlowRules, severityOf } from './severity.ts';
import { TRACESTATE, traceRandomnessOf } from './trace-randomness.ts';

/** The options that decide on severity, compiled. */
export interface SeverityRules extends SlowRules {
  readonly isNoise: PathMatcher | undefined;
}

/** Severity of an exchange: as {@link severityOf}, and DEBUG where it is noise. */
export function assessSeverity(exchange: Exchange, rules: SeverityRules): Severity {
  const { isNoise } = rules;
  const severity = severityOf(exchange, rules);
  if (severity !== INFO || isNoise === undefined) return severity;
  return isNoise(exchange.method, judgedPathOf(exchange.method, exchange.target)) ? DEBUG : INFO;
}

/**
 * One assessment for all exchanges, so that a suppressed exchange allocates nothing. Each {@link fill} overwrites it.
 */
export class ReusedAssessment implements SampledExchange {
  method = '';
  route: string | undefined;
  statusCode: number | undefined;
  outcome: Outcome = 'completed';
  severityNumber: number = INFO.number;
  isError = false;
  isSlow = false;

  readonly #rules: SeverityRules;
  readonly #clients: ClientAddressReader;
  readonly #canaryName: string;
  readonly #canaryValue: string;
  #exchange: Exchange | undefined;

  /** @param canary `name:value`, or empty */
  constructor(rules: SeverityRules, clients: ClientAddressReader, canary: string) {
    this.#rules = rules;
    const colon = canary.indexOf(':');
    this.#canaryName = canary.slice(0, Math.max(0, colon)).toLowerCase();
    this.#canaryValue = canary.slice(colon + 1);
    this.#clients = clients;
  }

  get path(): string {
    return judgedPathOf(this.method, this.#exchange?.target ?? '');
  }

  get clientKey(): number | undefined {
    return this.#exchange && this.#clients.keyOf(this.#exchange);
  }

  get clientName(): string | undefined {
    return this.#exchange && this.#clients.read(this.#exchange).address;
  }

  get traceId(): string | undefined {
    return this.#exchange?.spanContext?.traceId;
  }

  get traceRandomness(): string | undefined {
    const tracestate = this.#exchange?.requestHeaders?.[TRACESTATE];
    return typeof tracestate === 'string' && this.isPeerTrusted ? traceRandomnessOf(tracestate) : undefined;
  }

  get isSampled(): boolean {
    const flags = this.#exchange?.randomIds?.traceFlags ?? this.#exchange?.spanContext?.traceFlags ?? 0;
    return (flags & TraceFlags.SAMPLED) !== 0;
  }

  get isPeerTrusted(): boolean {
    return this.#exchange !== undefined && this.#clients.isPeerTrusted(this.#exchange.connection);
  }

  get isCanary(): boolean {
    const headers = this.#exchange?.requestHeaders;
    if (this.#canaryName === '' || headers === undefined || !this.isPeerTrusted) return false;
    return headers[this.#canaryName] === this.#canaryValue;
  }

  fill(exchange: Exchange): this {
    this.#exchange = exchange;
    this.method = exchange.method;
    this.route = exchange.route;
    this.statusCode = exchange.statusCode;
    this.outcome = exchange.outcome;
    this.severityNumber = assessSeverity(exchange, this.#rules).number;
    this.isError = isError(exchange, rpcStatusOf(exchange.grpcStatus));
    this.isSlow = isSlow(exchange, this.#rules);
    return this;
  }
}
