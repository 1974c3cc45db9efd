import { existsSync } from 'node:fs';
import { type Browser, launch } from 'puppeteer-core';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser of this machine; `undefined` where there is none. */
export const browserPath: string | undefined = PATHS.find((path) => existsSync(path));

export const NO_BROWSER = 'no Chromium in /usr/bin: apt-get install chromium';

/** @throws Error where there is none */
export function startBrowser(): Promise<Browser> {
  if (browserPath === undefined) throw new Error(NO_BROWSER);
  return launch({
    executablePath: browserPath,
    headless: true,
    // The sandbox needs a kernel that lets users make namespaces, and not to be root.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}
