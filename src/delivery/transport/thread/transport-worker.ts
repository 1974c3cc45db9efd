/** The thread of a `ThreadTransport`. */
import { workerData } from 'node:worker_threads';
import { createTransport } from '../create-transport.ts';
import type { ThreadExport, ThreadMessage, ThreadStart } from './thread-messages.ts';

const { settings, port }: ThreadStart = workerData;

// The transport of the thread above tells what is wrong with the files of the credentials.
const transport = createTransport(settings, { warn() {}, info() {} });
const post = (message: ThreadMessage): void => port.postMessage(message);
port.on('message', ({ id, message, timeoutMs }: ThreadExport) => {
  void transport.send([message], timeoutMs).then((answer) => post({ id, answer }));
});
transport.connect?.();
post('ready');
