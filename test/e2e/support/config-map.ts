import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestOwner } from '../../support/owner.ts';

export interface ConfigMap {
  /** Of the rules file. */
  readonly path: string;
  /** Replaces its content. */
  swap(content: string): void;
}

/** A volume with a rules file, as the kubelet makes it of a ConfigMap. */
export function configMap(owner: TestOwner, text: string): ConfigMap {
  const folder = mkdtempSync(join(tmpdir(), 'access-log-rules-'));
  owner.after(() => rm(folder, { recursive: true, force: true }));
  let version = 0;
  const swap = (content: string): void => {
    version += 1;
    mkdirSync(join(folder, `..v${version}`));
    writeFileSync(join(folder, `..v${version}`, 'rules.yaml'), content);
    symlinkSync(`..v${version}`, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    rmSync(join(folder, `..v${version - 1}`), { recursive: true, force: true });
  };
  swap(text);
  symlinkSync('..data/rules.yaml', join(folder, 'rules.yaml'));
  return { path: join(folder, 'rules.yaml'), swap };
}
