import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ownVersion } from './support/machine.ts';

/** The table that sampling.ts prints, with what it shows; as Markdown. @throws Error where it fails */
export function runSampling(): string {
  const script = fileURLToPath(new URL('./sampling.js', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`Expected sampling.js to end with 0, got ${status}`);
  return [
    '## Sampling',
    '',
    `otel-access-log ${ownVersion()}. What each way of limiting keeps of the same bursty traffic, in per cent of its ` +
      'kind, and the most that comes within any one second: on this trace, and on the worst there could be. The ' +
      'traffic (bench/sampling.ts) is made up and always the same, so the figures do not depend on the machine.',
    '',
    stdout.trim(),
  ].join('\n');
}
