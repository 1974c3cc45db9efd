/**
 * A process that sends a small export and a large one: `node held-message.js PROTOCOL URL`. When it is asked, it says
 * how many bytes of buffers it holds beside the large one, as soon as that is less than half of it, or 10 s later.
 */
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { encodedExport, PATIENCE_MS, transportTo } from './support.ts';

/** As long as the exports of a busy service. */
const BODY = 'a'.repeat(512 * 1024);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

const [protocol, url = ''] = process.argv.slice(2);
const transport = transportTo(protocol, url);
const asked = once(process, 'message');
// What there is from connecting on is there before.
await transport.send([encodedExport('first')], PATIENCE_MS);
const message = encodedExport(BODY);
const before = heldBytes();
void transport.send([message], 6 * PATIENCE_MS);

await asked;
const giveUpAt = performance.now() + PATIENCE_MS;
let held = heldBytes() - before;
while (held > message.length / 2 && performance.now() < giveUpAt) {
  await setImmediate();
  held = heldBytes() - before;
}
process.send?.({ held, length: message.length });
process.disconnect();
