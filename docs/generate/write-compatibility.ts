// Writes which versions are tested: node build/docs/generate/write-compatibility.js docs/compatibility.md
import { writeFileSync } from 'node:fs';
import { compatibilityPage } from '../../test/docs/support/compatibility-page.ts';

// The file must be named: a test runner that takes this for a test changes nothing.
const [file] = process.argv.slice(2);
if (file !== undefined) writeFileSync(file, compatibilityPage());
