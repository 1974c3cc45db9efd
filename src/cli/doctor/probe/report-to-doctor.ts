import { appendFileSync } from 'node:fs';
import { PROBE_VARIABLE, type ProbeMessage, type ProbeTask } from './messages.ts';

/** `undefined` in a process that the doctor has not started. */
export const task: ProbeTask | undefined = readTask();

function readTask(): ProbeTask | undefined {
  const text = process.env[PROBE_VARIABLE];
  return text === undefined ? undefined : (JSON.parse(text) as ProbeTask);
}

/** Synchronous, so that the message arrives even if the process crashes at once. Never throws into the application. */
export function report(message: ProbeMessage): void {
  try {
    if (task !== undefined) appendFileSync(task.file, `${JSON.stringify(message)}\n`);
  } catch {
    // The doctor is gone.
  }
}
