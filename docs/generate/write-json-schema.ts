// Writes the JSON Schema of the configuration file: node build/docs/generate/write-json-schema.js FILE
// The layout is that of `npm run format`, which comes after it.
import { writeFileSync } from 'node:fs';
import { configJsonSchema } from '../../src/options/published/json-schema.ts';

// The file must be named: a test runner that takes this for a test changes nothing.
const [file] = process.argv.slice(2);
if (file !== undefined) writeFileSync(file, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
