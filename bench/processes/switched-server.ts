/**
 * The benchmarked service, with an access log that is switched on and off while it runs:
 * `switched-server.js FRAMEWORK [module of a log]`, on a free port. The log is on at the start.
 */
import { ServerResponse } from 'node:http';
import type { Framework, HandlerLog, LogModule } from './application.ts';
import type { ChannelSwitch } from './channel-switch.ts';
import { buildApplication } from './frameworks.ts';
import { LoopWatch } from './loop-watch.ts';
import { answerRunner, type SwitchedServerAnswers, type Usage } from './protocol.ts';
import { usageOf } from './usage.ts';

type Descriptors = ReturnType<typeof Object.getOwnPropertyDescriptors>;

const [framework = 'http', logModule] = process.argv.slice(2);
const log = logModule === undefined ? undefined : ((await import(logModule)) as LogModule).startLog();
const channels: ChannelSwitch | undefined = Reflect.get(
  globalThis,
  Symbol.for('otel-access-log.bench.switch'),
);

let served = 0;
let isOn = true;
/** In Fastify too the log is called for each request: its own logger cannot be switched off. */
const switched: HandlerLog | undefined = log && {
  observe: (request, response) => {
    if (isOn) log.observe(request, response);
  },
  flush: () => log.flush(),
};
const application = buildApplication(framework as Framework, switched, () => {
  served += 1;
});

const loop = new LoopWatch();

/** Methods of responses as they are without this package, and as it replaced them at the first request. */
const without = Object.getOwnPropertyDescriptors(ServerResponse.prototype);
let withPatches: Descriptors | undefined;

function setMethods(descriptors: Descriptors): void {
  for (const name of Reflect.ownKeys(ServerResponse.prototype)) {
    if (!(name in descriptors)) Reflect.deleteProperty(ServerResponse.prototype, name);
  }
  Object.defineProperties(ServerResponse.prototype, descriptors);
}

function turn(on: boolean): Usage {
  if (on !== isOn) {
    isOn = on;
    if (channels !== undefined) {
      withPatches ??= Object.getOwnPropertyDescriptors(ServerResponse.prototype);
      if (on) channels.on();
      else channels.off();
      setMethods(on ? withPatches : without);
    }
  }
  return usageOf(served);
}

answerRunner<SwitchedServerAnswers>(await application.listen(), {
  usage: () => usageOf(served),
  on: () => turn(true),
  off: () => turn(false),
  loopStart: () => {
    loop.start();
    return usageOf(served);
  },
  loopStop: () => ({ ...loop.stop(), ...usageOf(served) }),
  finish: async () => {
    await application.close();
    await log?.flush();
    return usageOf(served);
  },
});
