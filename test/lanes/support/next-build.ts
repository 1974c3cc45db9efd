import { cleanEnv } from '../../support/spawn-app.ts';
import { succeed } from './command.ts';

/** The command of Next.js, from the folder of an application. */
export const NEXT = 'node_modules/next/dist/bin/next';

/** Offline: Next.js sends nothing about itself, and the applications ask for nothing that would be fetched. */
export async function buildNext(folder: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  await succeed({
    command: process.execPath,
    args: [NEXT, 'build'],
    cwd: folder,
    env: { ...cleanEnv(), NEXT_TELEMETRY_DISABLED: '1', ...env },
  });
}
