// `npm run build`, after the compiler: bundles what is loaded at every start, and rolls the declarations up.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');

/** Each becomes one file in `dist`. */
const BUNDLES = [
  'register.js',
  'delivery/at-exit/last-delivery-worker.js',
  'delivery/transport/thread/transport-worker.js',
];
/** What has declarations in `exports`; `register.d.ts` and `.d.cts` are as the compiler makes them. */
const DECLARATIONS = ['index', 'fields/fields'];
const REGISTER = ['register.d.ts', 'register.d.cts'];

/** What the package is entered by, and what examples/tour imports beside it. */
const ENTRIES = [
  'index.js',
  'cli.js',
  'fields/fields.js',
  'register.js',
  'register.cjs',
  'render/terminal.js',
];

/** @type {import('esbuild').BuildOptions} */
const COMMON = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  logLevel: 'warning',
  allowOverwrite: true,
};

await build({
  ...COMMON,
  entryPoints: BUNDLES.map((file) => join(dist, file)),
  entryNames: '[name]',
  outdir: dist,
  // Loaded in development only.
  external: ['./dist/composition/terminal-view.js'],
});
// After the others: in a bundle of a bundle, nothing tells any more from which packages it is.
await build({
  ...COMMON,
  entryPoints: [join(dist, 'options/valibot.js')],
  outfile: join(dist, 'options/valibot.js'),
});
await rollUpDeclarations();
removeUnreachable();

/** Two files in place of one for each module. */
async function rollUpDeclarations() {
  const bundle = await rollup({
    input: Object.fromEntries(DECLARATIONS.map((name) => [name, join(dist, `${name}.d.ts`)])),
    external: (id) => !id.startsWith('.') && !id.startsWith('/') && !/^[A-Z]:/i.test(id),
    plugins: [dts()],
    onwarn(warning) {
      // Types refer to each other as they like, and to what none of these two needs.
      if (/^(?:CIRCULAR_DEPENDENCY|UNUSED_EXTERNAL_IMPORT)$/.test(warning.code ?? '')) return;
      throw new Error(warning.message);
    },
  });
  const { output } = await bundle.generate({ entryFileNames: '[name].d.ts' });
  const expected = DECLARATIONS.map((name) => `${name}.d.ts`);
  const unexpected = output.filter(({ fileName }) => !expected.includes(fileName));
  if (unexpected.length > 0)
    throw new Error(`${unexpected.map(({ fileName }) => fileName)}: a third file of declarations`);
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    if (/\.d\.c?ts$/.test(file) && !REGISTER.includes(file)) rmSync(join(dist, file));
  }
  await bundle.write({ dir: dist, entryFileNames: '[name].d.ts' });
}

/** Takes away modules that no entry leads to: those that write documents, that are in a bundle, or that had types only. */
function removeUnreachable() {
  const reached = new Set();
  const next = ENTRIES.map((file) => join(dist, file));
  for (let file = next.pop(); file !== undefined; file = next.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/['"](\.\.?\/[^'"\n]*\.c?js)['"]/g)) {
      const named = join(dirname(file), path);
      if (existsSync(named)) next.push(named);
    }
  }
  for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const source = join(root, 'src', file.replace(/\.(c?)js$/, '.$1ts'));
    if (/\.c?js$/.test(file) && existsSync(source) && !reached.has(join(dist, file)))
      rmSync(join(dist, file));
  }
}
