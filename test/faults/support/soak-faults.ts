import { setTimeout as sleep } from 'node:timers/promises';
import {
  accept,
  hang,
  lostAnswer,
  refuse,
  reset,
  type ScriptedAnswer,
  type ScriptedReceiver,
  slow,
} from '../../support/scripted-receiver.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** A receiver, and the proxy through which it is reached. */
export interface Link {
  readonly receiver: ScriptedReceiver;
  readonly proxy: TcpProxy;
}

/** What is wrong with the link for a while. @param random 0 to 1 */
export type SoakFault = (link: Link, ms: number, random: () => number) => Promise<void>;

/** Every one of them, by name. Each leaves the link as it was. */
export const SOAK_FAULTS: Readonly<Record<string, SoakFault>> = {
  none: (_link, ms) => sleep(ms),
  down: async ({ proxy }, ms) => {
    await proxy.down();
    await sleep(ms);
    await proxy.up();
  },
  flapping: (link, ms, random) =>
    againAndAgain(ms, async () => {
      await link.proxy.down();
      await sleep(100 * random());
      await link.proxy.up();
      await sleep(300 * random());
    }),
  restarts: ({ receiver }, ms, random) =>
    againAndAgain(ms, async () => {
      await receiver.down();
      await receiver.up();
      await sleep(500 * random());
    }),
  resets: ({ proxy }, ms, random) =>
    againAndAgain(ms, async () => {
      proxy.reset();
      await sleep(200 * random());
    }),
  'broken off': (link, ms, random) =>
    answering(link, ms, () => [reset('head'), reset('body'), reset('answer'), lostAnswer()], random),
  refusing: (link, ms, random) => answering(link, ms, () => [refuse(429), refuse(502), refuse(503)], random),
  hanging: (link, ms, random) => answering(link, ms, () => [hang()], random),
  slow: (link, ms, random) => answering(link, ms, () => [slow(300), slow(50)], random),
  'standing still': async ({ proxy }, ms) => {
    proxy.hold();
    await sleep(ms);
    proxy.release();
  },
  '100 ms away': async ({ proxy }, ms) => {
    proxy.delayMs = 50;
    await sleep(ms);
    proxy.delayMs = 0;
  },
};

/** One answer in four is success, so that records go on arriving out of turn. */
async function answering(
  { receiver }: Link,
  ms: number,
  answers: () => readonly ScriptedAnswer[],
  random: () => number,
): Promise<void> {
  await againAndAgain(ms, async () => {
    const some = answers();
    receiver.always(random() < 0.25 ? accept() : (some[Math.floor(random() * some.length)] ?? accept()));
    await sleep(20);
  });
  receiver.always(accept());
}

async function againAndAgain(ms: number, each: () => Promise<void>): Promise<void> {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) await each();
}
