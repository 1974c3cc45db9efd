/** The other thread of `deliverLast`: sends what it is given and says how that went. */
import { workerData } from 'node:worker_threads';
import { ExportResultCode } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { createExporter } from './exporter.ts';
import { LAST_DELIVERY, type LastDelivery } from './last-delivery.ts';

const { kind, records, resources: attributes, state }: LastDelivery = workerData;

function settle(isDelivered: boolean): void {
  Atomics.store(state, 0, isDelivered ? LAST_DELIVERY.delivered : LAST_DELIVERY.failed);
  Atomics.notify(state, 0);
}

try {
  const resources = attributes.map((each) => resourceFromAttributes(each));
  const none = resourceFromAttributes({});
  const scopes = new Map(records.map(({ scope }) => [`${scope.name} ${scope.version}`, scope]));
  const readable = records.map(({ resource, scope, ...record }): ReadableLogRecord => {
    // Exporters group by identity.
    const { name, version } = scopes.get(`${scope.name} ${scope.version}`) ?? scope;
    return {
      ...record,
      resource: resources[resource] ?? none,
      instrumentationScope: version === undefined ? { name } : { name, version },
    };
  });
  createExporter(kind).export(readable, ({ code }) => settle(code === ExportResultCode.SUCCESS));
} catch {
  settle(false);
}
