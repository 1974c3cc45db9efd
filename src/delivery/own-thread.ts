import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a thread of ours, which does not keep the process alive.
 *
 * @param file of the thread's code
 * @param env environment of the thread: that of the process, without preloads
 * @throws Error where the process may start no thread
 */
export function startOwnThread(
  file: URL,
  env: NodeJS.ProcessEnv,
  data: Pick<WorkerOptions, 'workerData' | 'transferList'>,
): Worker {
  const worker = new Worker(file, { ...data, env, execArgv: pnpFlags() });
  worker.unref();
  return worker;
}

function pnpFlags(): string[] {
  if (process.versions.pnp === undefined) return [];
  const given = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)];
  return given.flatMap((arg, index) =>
    /\.pnp\.(?:cjs|loader\.mjs)$/.test(arg) ? [given[index - 1] ?? '', arg] : [],
  );
}
