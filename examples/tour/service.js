// Starts the example service as its operator would: unchanged, with one --import in front of it.
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const args = ['--import', 'otel-access-log/register', 'app.js'];

/** `listening` and `ended` are promises; `stop` resolves when the process is gone. */
export function startService({ port, endpoint }) {
  const child = spawn(process.execPath, args, {
    // Within the repository, so that the package finds itself by its name.
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
  // However we end, it does not stay behind.
  process.once('exit', () => child.kill());
  const ended = new Promise((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
  const lines = createInterface({ input: child.stdout });
  const listening = new Promise((resolve, reject) => {
    lines.on('line', (line) => (/^listening \d+$/.test(line) ? resolve() : console.log(line)));
    ended.then(() => reject(new Error('The service did not start')), reject);
  });
  return { origin: `http://127.0.0.1:${port}`, listening, ended, stop: () => stop(child, ended) };
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
