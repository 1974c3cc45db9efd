import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'acorn';
import type { checkSync } from 'recheck';

interface Literal {
  readonly pattern: string;
  readonly flags: string;
}

// The other backends start Java or a native program. The module reads this when it is loaded.
process.env.RECHECK_BACKEND = 'pure';
const recheck: { checkSync: typeof checkSync } = createRequire(import.meta.url)('recheck');

const SOURCES = fileURLToPath(new URL('../../src', import.meta.url));
/** What they match comes from clients, or from files that are read while the service runs. */
const FOLDERS = ['record', 'options'];
const LIMITS = { timeout: 10_000 };

describe('no client can make a regular expression slow', () => {
  const literals = literalsIn(FOLDERS.flatMap((folder) => filesIn(join(SOURCES, folder))));

  test('there are literals to check', () => {
    assert.ok(literals.size >= 60, `${literals.size}`);
  });

  for (const [shown, { pattern, flags }] of literals)
    test(`${shown} is linear`, () => {
      // A sticky one is tried at one place only; recheck would try it at each.
      const diagnostics = flags.includes('y')
        ? recheck.checkSync(`^(?:${pattern})`, flags.replace('y', ''), LIMITS)
        : recheck.checkSync(pattern, flags, LIMITS);
      assert.equal(diagnostics.status, 'safe', JSON.stringify(diagnostics));
    });

  test('the checker sees polynomial and exponential ones', () => {
    for (const pattern of ['(a|a)*b', '^(a+)+$', '\\s+$', '[a-z]+@[a-z]+\\.'])
      assert.equal(recheck.checkSync(pattern, '').status, 'vulnerable', pattern);
  });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(folder, name));
}

function literalsIn(files: readonly string[]): ReadonlyMap<string, Literal> {
  const literals = new Map<string, Literal>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('regex' in node) {
      const { pattern, flags } = node.regex as Literal;
      literals.set(`/${pattern}/${flags}`, { pattern, flags });
    }
    for (const child of Object.values(node)) visit(child);
  };
  for (const file of files)
    visit(parse(readFileSync(file, 'utf8'), { ecmaVersion: 'latest', sourceType: 'module' }));
  return literals;
}
