// Draws the page with a sample of traffic, for README, light and dark. Needs a Chromium and a built package.
// Usage: node build/docs/generate/write-screenshots.js docs/images
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pageWith, readPage } from '../../src/cli/web/page-document.ts';
import { ReportBuilder } from '../../src/cli/web/report.ts';
import { startBrowser } from '../../test/support/browser.ts';
import { inRepo } from '../../test/support/repo-root.ts';
import { sampleTraffic } from '../../test/support/sample-traffic.ts';

const WIDTH = 1280;
const HEIGHT = 1180;

const [folder = 'docs/images'] = process.argv.slice(2);
const page = readPage(pathToFileURL(inRepo('dist/cli/web/page.html')));
const builder = new ReportBuilder();
for (const record of sampleTraffic()) builder.add(record, true);
const settings = { source: 'access.jsonl', isLive: false, traceUrl: null, version: '0.1.0' };

const work = mkdtempSync(join(tmpdir(), 'screenshots-'));
const report = join(work, 'report.html');
writeFileSync(report, pageWith(page, settings, builder.data({ unreadable: 0, leftOut: 0 })));
mkdirSync(folder, { recursive: true });
const browser = await startBrowser();
try {
  for (const theme of ['light', 'dark'] as const) {
    const tab = await browser.newPage();
    await tab.setViewport({ width: WIDTH, height: HEIGHT });
    await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
    await tab.goto(pathToFileURL(report).href);
    await tab.waitForSelector('.records li');
    const path = join(folder, `page-${theme}.webp`) as `${string}.webp`;
    await tab.screenshot({ path, type: 'webp', quality: 70 });
    console.log(`${path}: ${statSync(path).size} bytes`);
    if (process.env.PNG !== undefined) await tab.screenshot({ path: `${process.env.PNG}-${theme}.png` });
  }
} finally {
  await browser.close();
  rmSync(work, { recursive: true });
}
