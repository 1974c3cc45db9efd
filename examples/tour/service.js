// Starts the example service as its operator would: unchanged, with one --import in front of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const args = ['--import', 'otel-access-log/register', 'app.js'];

/** Resolves when the service listens: `{ origin, ended, stop() }`. */
export async function startService({ port, endpoint }) {
  const child = spawn(process.execPath, args, {
    cwd: dirname(fileURLToPath(import.meta.url)),
    env: {
      ...foreignEnvironment(),
      PORT: String(port),
      OTEL_SERVICE_NAME: 'shop',
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_BLRP_SCHEDULE_DELAY: '100',
      // gRPC would go through a proxy of the environment otherwise.
      no_grpc_proxy: '127.0.0.1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  const lines = createInterface({ input: child.stdout });
  const listening = new Promise((resolve) => {
    lines.on('line', (line) => (/^listening \d+$/.test(line) ? resolve(true) : console.log(line)));
  });
  await once(child, 'spawn');
  if (!(await Promise.race([listening, ended.then(() => false)])))
    throw new Error('the service did not start');
  return { origin: `http://127.0.0.1:${port}`, ended, stop: () => stop(child, ended) };
}

/** SIGTERM, on which it sends its last records; after 8 s an end without asking. */
async function stop(child, ended) {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 8000);
  await ended;
  clearTimeout(timer);
}

/** The tour shows the defaults: what is configured around it must not change them. */
function foreignEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:OTEL|ACCESS_LOG)_/.test(name)),
  );
}
