// The same with the official exporters (`ACCESS_LOG_PIPELINE=sdk`), which end no export by themselves: what hangs is lost
// in time, and delivery goes on.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { OTLPLogExporter as GrpcExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as HttpExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { BatchDelivery } from '../../src/delivery/sdk/batch-delivery.ts';
import { TestRecord } from '../delivery/stream/support/scene.ts';
import { PATIENCE_MS } from '../delivery/transport/support/scripted-receivers.ts';
import { keepAlive } from '../support/keep-alive.ts';
import { startScriptedReceiver } from '../support/scripted-receiver.ts';
import { GRPC_ROWS } from './support/grpc-rows.ts';
import { startHostilePort } from './support/hostile-port.ts';
import { HTTP_ROWS, type Row, rowsOf, titleOf } from './support/receiver-rows.ts';

const TIMEOUT_MS = 300;
/** Of the exporter itself, where it has one. */
const timeoutMillis = 1_000;
const MARGIN_MS = 4_000;

const tables: readonly (readonly ['http/protobuf' | 'grpc', readonly Row[]])[] = [
  [
    'http/protobuf',
    rowsOf(HTTP_ROWS, 'head lies: 101', 'head stops: nothing', 'head stops: trickles', 'head floods: 103'),
  ],
  ['grpc', rowsOf(GRPC_ROWS, 'head stops: nothing', 'trailers stops: nothing')],
];

for (const [protocol, rows] of tables) {
  describe(`a hostile receiver and the official exporter over ${protocol}`, { concurrency: 2 }, () => {
    for (const row of rows) {
      const [, , , behave] = row;
      test(titleOf(row), async (t) => {
        keepAlive(t);
        const receiver = await startScriptedReceiver(t, { protocol });
        const port = await startHostilePort(t, `127.0.0.1:${receiver.port}`, behave);
        const url = `http://${port.host}`;
        const delivery = new BatchDelivery(
          () =>
            protocol === 'grpc'
              ? new GrpcExporter({ url, timeoutMillis })
              : new HttpExporter({ url: `${url}/v1/logs`, timeoutMillis }),
          { exportTimeoutMillis: TIMEOUT_MS },
          { onLost() {}, onFailure() {}, onWaiting() {}, onWarning() {} },
        );
        for (const body of ['a', 'b', 'c']) delivery.onEmit(new TestRecord(body));
        const start = performance.now();
        await delivery.forceFlush();
        assert.ok(performance.now() - start < TIMEOUT_MS + MARGIN_MS);
        assert.deepEqual(delivery.counts(), { delivered: 0, lost: 3, pending: 0 });

        // grpc-js keeps a connection, whatever comes of the calls on it.
        for (const socket of port.sockets) socket.destroy();
        port.behave();
        // For a while grpc-js does not connect again, and the official exporter sends nothing twice.
        let kept = 3;
        const giveUpMs = performance.now() + PATIENCE_MS;
        for (; delivery.counts().delivered === 0 && performance.now() < giveUpMs; kept++) {
          delivery.onEmit(new TestRecord('z'));
          await delivery.forceFlush();
          await pause(20);
        }
        assert.deepEqual(delivery.counts(), { delivered: 1, lost: kept - 1, pending: 0 });
        // One that was answered too late arrived as well.
        const arrived = new Set(receiver.accepted.map(({ body }) => body));
        assert.deepEqual(arrived, new Set(['z']));
        await delivery.shutdown();
      });
    }
  });
}
