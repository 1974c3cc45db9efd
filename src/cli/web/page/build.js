// Makes the page: one HTML document with its script, its styles, and the licenses of what is in them.
// Usage: node src/cli/web/page/build.js dist/cli/web/page.html
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = dirname(fileURLToPath(import.meta.url));
const root = join(folder, '../../../..');
const [, , target = 'page.html'] = process.argv;

const { outputFiles, metafile } = await build({
  entryPoints: [join(folder, 'main.tsx')],
  absWorkingDir: root,
  outdir: root,
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: 'iife',
  target: 'es2023',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
  tsconfigRaw: '{}',
});

const textOf = (ending) => outputFiles.find(({ path }) => path.endsWith(ending)).text;
// The end of the element, and the beginning of a comment in it, have to be written differently in a script.
const script = textOf('.js')
  .replace(/<\/(script)/gi, '<\\/$1')
  .replace(/<!--/g, '<\\!--');
const licenses = packagesIn(metafile).map((name) => `${name}\n\n${licenseOf(name)}`);

const parts = {
  licenses: `<!--\nContains parts of these packages, each under its own license:\n\n${licenses.join('\n\n')}\n-->`,
  styles: `<style>${textOf('.css')}</style>`,
  script: `<script>${script}</script>`,
};
const template = readFileSync(join(folder, 'page.html'), 'utf8');
const page = template.replace(/<!--(licenses|styles|script)-->/g, (_, name) => parts[name]);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, page);

function packagesIn({ inputs }) {
  const names = Object.keys(inputs).map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

function licenseOf(name) {
  const packageFolder = join(root, 'node_modules', name);
  const file = readdirSync(packageFolder).find((one) => /^LICENSE(\.|$)/.test(one));
  return readFileSync(join(packageFolder, file), 'utf8').trim();
}
