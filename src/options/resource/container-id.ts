import type { ReadFile } from '../file/read-file.ts';

const ID = /[0-9a-f]{64}/;

const ID_ALONE = /^[0-9a-f]{64}$/;
const ID_LENGTH = 64;
const SCOPE = '.scope';

/** A file that the runtime mounts into the container from a folder of the container's name. */
const MOUNT = /\/(?:containers|overlay-containers)\/([0-9a-f]{64})\//;

/** Bytes of `/proc/self/mountinfo`: a node with many volumes has many lines. */
const MAX_BYTES = 256 * 1024;

/**
 * Id of the container: of its control group (version 1), else of a file that the runtime mounts for it, as where control
 * groups have a namespace. `undefined` outside of a container, and where the runtime leaves no trace of it.
 */
export function containerId(readFile: ReadFile): string | undefined {
  for (const line of linesOf(readFile, '/proc/self/cgroup')) {
    const id = idOfControlGroup(line);
    if (id !== undefined) return id;
  }
  for (const line of linesOf(readFile, '/proc/self/mountinfo')) {
    const id = line.includes('/hostname') && ID.test(line) ? MOUNT.exec(line)?.[1] : undefined;
    if (id !== undefined) return id;
  }
  return undefined;
}

/** The last part of a control group's path: the id alone, or with the runtime's name around it. */
function idOfControlGroup(path: string): string | undefined {
  const end = path.endsWith(SCOPE) ? path.length - SCOPE.length : path.length;
  const start = end - ID_LENGTH;
  const id = path.slice(Math.max(0, start), end);
  const isPart = start === 0 || '/:-'.includes(path[start - 1] ?? '?');
  return isPart && ID_ALONE.test(id) ? id : undefined;
}

function linesOf(readFile: ReadFile, path: string): readonly string[] {
  try {
    return Buffer.from(readFile(path, MAX_BYTES)).toString('latin1').split('\n');
  } catch {
    return [];
  }
}
