import { readFileSync } from 'node:fs';

/** The groups in the order in which `schema.ts` puts them together. */
const GROUPS = Array.from(
  readFileSync('src/options/schema.ts', 'utf8').matchAll(/^import .* from '\.\/(groups\/.*)';$/gm),
  ([, file]) => file,
);
const ORDER = Array.from(
  readFileSync('src/options/schema.ts', 'utf8').matchAll(/^ {2}\.\.\.(\w+),$/gm),
  ([, name]) => name,
);

/** The text of all option definitions, in the order of the options. */
export function optionSource(): string {
  const texts = GROUPS.map((file) => readFileSync(`src/options/${file}`, 'utf8'));
  return ORDER.map((name) => texts.find((text) => text.includes(`export const ${name} = `)) ?? '').join('\n');
}
