import { AsyncResource } from 'node:async_hooks';
import type { BatchObservableCallback, Meter, MeterProvider, Observable } from '@opentelemetry/api';
import { SCOPE_NAME, VERSION } from '../version.ts';
import type { MetricDefinition, MetricReading } from './metrics-table.ts';

/** Milliseconds from one look for a meter provider to the next. */
const LOOK_MS = 5_000;

export interface MetricsDependencies {
  /** Called once there is a meter provider. */
  readonly definitions: () => readonly MetricDefinition[];
  /** Called at each collection: reads counts that exist. */
  readonly read: () => MetricReading;
  /** Called with what the meter provider throws, and what reading throws. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds between two looks. Default 5,000. */
  readonly lookMs?: number;
}

/**
 * The metrics of the access log at a meter provider of the application, as observable instruments: counting costs
 * nothing, since counts are read at each collection. Without a provider there are neither instruments nor a table of
 * them. Nothing here throws.
 */
export class Metrics {
  readonly #dependencies: MetricsDependencies;
  // Instruments and the timer must not hold on to the context of a request.
  readonly #startup = new AsyncResource('otel-access-log.metrics');
  #provider: MeterProvider | undefined;
  #unobserve: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(dependencies: MetricsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Follows a slot of the application from now on, so that an SDK may start, or be replaced, at any time. The timer
   * keeps no process alive.
   *
   * @param registered the meter provider that is there now; `undefined` where there is none
   */
  follow(registered: () => MeterProvider | undefined): void {
    if (this.#timer !== undefined) return;
    const look = (): void => this.use(registered());
    this.#startup.runInAsyncScope(() => {
      this.#timer = setInterval(look, this.#dependencies.lookMs ?? LOOK_MS).unref();
    });
    look();
  }

  /** Observes at this meter provider, and no longer at the one before. */
  use(provider: MeterProvider | undefined): void {
    if (provider === this.#provider) return;
    this.#provider = provider;
    const unobserve = this.#unobserve;
    this.#unobserve = undefined;
    this.#attempt(() => unobserve?.());
    if (provider === undefined) return;
    this.#attempt(() => this.#startup.runInAsyncScope(() => this.#observe(provider)));
  }

  /** Follows no slot any more, and observes nowhere. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.use(undefined);
  }

  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#dependencies.onError(error);
    }
  }

  #observe(provider: MeterProvider): void {
    const { definitions, read, onError } = this.#dependencies;
    const meter = provider.getMeter(SCOPE_NAME, VERSION);
    const instruments = definitions().map((definition) => ({
      definition,
      observable: createObservable(meter, definition),
    }));
    const observables = instruments.map(({ observable }) => observable);
    const callback: BatchObservableCallback = (result) => {
      try {
        const reading = read();
        for (const { definition, observable } of instruments)
          definition.observe(reading, (value, attributes) => result.observe(observable, value, attributes));
      } catch (error) {
        onError(error);
      }
    };
    meter.addBatchObservableCallback(callback, observables);
    this.#unobserve = () => meter.removeBatchObservableCallback(callback, observables);
  }
}

function createObservable(meter: Meter, { name, kind, unit, description }: MetricDefinition): Observable {
  const options = { unit, description };
  if (kind === 'counter') return meter.createObservableCounter(name, options);
  return meter.createObservableUpDownCounter(name, options);
}
