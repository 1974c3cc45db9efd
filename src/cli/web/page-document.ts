import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PageSettings, ReportData } from './snapshot.ts';

/** Made by `npm run build`: one document with its script and styles in it. */
export function readPage(file: URL = new URL('./page.html', import.meta.url)): string {
  return readFileSync(file, 'utf8');
}

/** The parts of the Content-Security-Policy that say what may run: the script and the styles of the page, by their hash. */
export function policyOf(page: string, connect: "'self'" | "'none'"): string {
  const hashes = (element: 'script' | 'style'): string =>
    [...page.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, 'g'))]
      .map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
      .join(' ');
  return [
    "default-src 'none'",
    `script-src ${hashes('script')}`,
    `style-src ${hashes('style')}`,
    'img-src data:',
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

const PLACE = '<!--data-->';

/** The page with what it needs to know in it; with its policy too, where no server sends that. */
export function pageWith(page: string, settings: PageSettings, report?: ReportData): string {
  const data = `<script type="application/json" id="settings">${embedded(settings)}</script>`;
  if (report === undefined) return page.replace(PLACE, () => data);
  const policy = `<meta http-equiv="Content-Security-Policy" content="${policyOf(page, "'none'")}">`;
  const all = `${policy}${data}<script type="application/json" id="report">${embedded(report)}</script>`;
  return page.replace(PLACE, () => all);
}

/** JSON that cannot end its element: records are text that anyone may have sent. */
function embedded(value: PageSettings | ReportData): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
