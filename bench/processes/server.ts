/** The benchmarked service: `server.js FRAMEWORK [module of a log]`, on a free port. */
import type { Profiler } from 'node:inspector';
import type { Framework, LogModule } from './application.ts';
import { buildApplication } from './frameworks.ts';
import { HeapWatch, liveHeapBytes } from './heap-watch.ts';
import { LoopWatch } from './loop-watch.ts';
import { answerRunner, type ServerAnswers, type Usage } from './protocol.ts';
import { usageOf } from './usage.ts';

const [framework = 'http', logModule] = process.argv.slice(2);
const log = logModule === undefined ? undefined : ((await import(logModule)) as LogModule).startLog();

let served = 0;
const application = buildApplication(framework as Framework, log, () => {
  served += 1;
});
const heap = new HeapWatch();
const loop = new LoopWatch();
let stopProfile: () => Promise<Profiler.Profile> = async () => {
  throw new Error('Expected `profileStart` before `profileStop`');
};

const usage = (): Usage => usageOf(served);

answerRunner<ServerAnswers>(await application.listen(), {
  usage,
  heapStart: () => {
    heap.start();
    return usage();
  },
  heapStop: () => ({ ...heap.stop(), ...usage() }),
  liveHeap: liveHeapBytes,
  loopStart: () => {
    loop.start();
    return usage();
  },
  loopStop: () => ({ ...loop.stop(), ...usage() }),
  profileStart: async () => {
    // Loaded by those that are profiled only.
    const { CpuProfile } = await import('./cpu-profile.ts');
    const profile = new CpuProfile();
    await profile.start();
    stopProfile = () => profile.stop();
    return usage();
  },
  profileStop: async () => {
    const atEnd = usage();
    return { profile: await stopProfile(), ...atEnd };
  },
  finish: async () => {
    await application.close();
    await log?.flush();
    return usage();
  },
});
