import { type Counter, createNoopMeter, type Meter, type MeterProvider } from '@opentelemetry/api';

/** A meter provider that passes on one metric only: records dropped because the batch processor's queue was full. */
export function dropMeterProvider(onDrop: () => void): MeterProvider {
  const noop = createNoopMeter();
  const silent = noop.createCounter('');
  const meter: Meter = Object.create(noop, {
    createCounter: {
      value: (name: string): Counter =>
        name === 'otel.sdk.processor.log.processed'
          ? {
              add(_value, attributes) {
                if (attributes?.['error.type'] === 'queue_full') onDrop();
              },
            }
          : silent,
    },
  });
  return { getMeter: () => meter };
}
