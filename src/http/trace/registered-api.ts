import type { Context, MeterProvider, TracerProvider } from '@opentelemetry/api';

/**
 * Where every copy of the OpenTelemetry API 1.x keeps what is registered. Read directly: the getters of a copy see
 * nothing of what an older minor version registered, and beside an application that has one (1.4 to 1.8) package
 * managers install a newer copy for us. What is used here is the same in all of them.
 */
const API: unique symbol = Symbol.for('opentelemetry.js.api.1');

interface RegisteredApi {
  readonly context?: { active(): Context };
  readonly metrics?: MeterProvider;
  readonly trace?: TracerProvider & { getDelegate?(): TracerProvider };
}

/** What the application has registered; `undefined` where nothing is. */
export function registeredApi(): RegisteredApi | undefined {
  return (globalThis as { [API]?: RegisteredApi })[API];
}

/** The meter provider that the application's SDK registered, whatever its version; `undefined` where there is none. */
export function registeredMeterProvider(): MeterProvider | undefined {
  return registeredApi()?.metrics;
}
