// Writes the type of the options in code: node build/docs/generate/write-options-type.js src/options/access-log-options.ts
// The layout is that of `npm run format`, which comes after it.
import { writeFileSync } from 'node:fs';
import { optionsType } from '../../src/options/published/options-type.ts';

// The file must be named: a test runner that takes this for a test changes nothing.
const [file] = process.argv.slice(2);
if (file !== undefined) writeFileSync(file, optionsType());
