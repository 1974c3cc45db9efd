// Writes the JSON Schema of the rules file: node build/docs/generate/write-rules-json-schema.js FILE
// The layout is that of `npm run format`, which comes after it.
import { writeFileSync } from 'node:fs';
import { rulesJsonSchema } from '../../src/options/rules/rules-json-schema.ts';

// The file must be named: a test runner that takes this for a test changes nothing.
const [file] = process.argv.slice(2);
if (file !== undefined) writeFileSync(file, `${JSON.stringify(rulesJsonSchema(), null, 2)}\n`);
