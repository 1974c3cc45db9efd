/** The other thread of `sendLast`: sends the messages and stores each result in shared memory. */
import { workerData } from 'node:worker_threads';
import { createTransport } from '../transport/create-transport.ts';
import { LAST_DELIVERY, type LastDelivery } from './last-delivery.ts';

const { settings, messages, timeoutMs, state }: LastDelivery = workerData;

function settle(index: number, isAccepted: boolean): void {
  Atomics.store(state, index + 1, isAccepted ? LAST_DELIVERY.accepted : LAST_DELIVERY.refused);
  Atomics.add(state, 0, 1);
  Atomics.notify(state, 0);
}

// The transport keeps no thread alive; this timer does until the deadline.
setTimeout(() => undefined, timeoutMs);

const transport = createTransport(settings, { warn() {}, info() {} });
for (const [index, message] of messages.entries()) {
  void transport.send([message], timeoutMs).then(({ kind }) => settle(index, kind === 'accepted'));
}
