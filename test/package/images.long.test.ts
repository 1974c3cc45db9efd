// The images are built without a daemon: their first stage, in a folder with what it copies and nothing else.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { npm } from '../lanes/support/npm.ts';
import { inRepo } from '../support/repo-root.ts';

const DOCKERFILES = ['docker/Dockerfile', 'docker/operator/Dockerfile'];

interface Instruction {
  readonly keyword: string;
  readonly rest: string;
}

/** The instructions between the first `FROM` and the second. */
function firstStage(file: string): readonly Instruction[] {
  const [, stage = ''] = readFileSync(inRepo(file), 'utf8').split(/^FROM .*$/m);
  return [...stage.matchAll(/^([A-Z]+) (.*)$/gm)].map(([, keyword = '', rest = '']) => ({ keyword, rest }));
}

const stages = DOCKERFILES.map(firstStage);

test('the package comes into both images in the same way', () => {
  assert.deepEqual(stages[0], stages[1]);
});

test('what is copied is enough to make the package, with all that npm would publish', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'image-stage-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const { keyword, rest } of stages[0] ?? []) {
    if (keyword === 'COPY') {
      const [target = '', ...sources] = rest.split(' ').reverse();
      for (const source of sources)
        cpSync(inRepo(source), join(folder, target, sources.length > 1 ? source : ''), { recursive: true });
    } else if (rest.startsWith('npm ci ')) {
      symlinkSync(inRepo('node_modules'), join(folder, 'node_modules'), 'junction');
    } else if (keyword === 'RUN') {
      const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...env } = process.env;
      execFileSync('sh', ['-c', rest], { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' });
    }
  }
  const listed = async (cwd: string): Promise<string[]> => {
    const [packed] = JSON.parse(await npm(['pack', '--dry-run', '--json', '--ignore-scripts'], cwd));
    return packed.files.map(({ path }: { path: string }) => path).toSorted();
  };
  assert.deepEqual(await listed(folder), await listed(inRepo()));
  assert.match(
    execFileSync('tar', ['-tzf', join(folder, 'otel-access-log.tgz')], { encoding: 'utf8' }),
    /^package\/dist\/register\.js$/m,
  );
});
