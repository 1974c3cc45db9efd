import { createRequire } from 'node:module';
import { patchExpressLayer, patchNestExceptions } from './error-handlers.ts';
import type { Undo } from './handled-request.ts';
import { patchHapi } from './hapi.ts';
import { patchKoa } from './koa.ts';

type Patch = (exports: unknown) => readonly Undo[];

/** What is patched of each framework, by the end of the path of the file. An alias of npm may be longer than the name. */
const PATCHES: readonly (readonly [end: RegExp, patch: Patch])[] = [
  [/[/\\]koa[\w.-]*[/\\]lib[/\\]application\.js$/, patchKoa],
  [/[/\\]hapi[\w.-]*[/\\]lib[/\\]request\.js$/, patchHapi],
  [/[/\\](?:express[\w.-]*[/\\]lib[/\\]router|router[\w.-]*[/\\]lib)[/\\]layer\.js$/, patchExpressLayer],
  [/[/\\]core[/\\]exceptions[/\\]exceptions-handler\.js$/, patchNestExceptions],
];
/** Told apart first: most files have other names. */
const NAMED = /(?:application|request|layer|exceptions-handler)\.js$/;

/**
 * Patches frameworks where Node keeps the modules that the application has loaded, however it loaded them: a CommonJS
 * module is there too if an ES module imports it. Nothing is loaded, and no loading is watched, so that the start of a
 * process costs nothing and hooks of others are not disturbed. A framework that a bundler has taken apart is not there.
 */
export class LoadedFrameworks {
  /** Weak: an application may drop its modules. */
  readonly #seen = new WeakSet<object>();
  readonly #undo: Undo[] = [];
  #count = -1;

  /** To be called when a server is new, since its application is loaded by then. Never throws. */
  look(): void {
    // It is the same for every path. `import.meta.url` is missing in an application that is one CommonJS file.
    const { cache } = createRequire(process.execPath);
    const files = Object.keys(cache);
    if (files.length === this.#count) return;
    this.#count = files.length;
    for (const file of files) {
      const patch = NAMED.test(file) ? PATCHES.find(([end]) => end.test(file))?.[1] : undefined;
      if (patch !== undefined) this.#patch(cache[file], patch);
    }
  }

  /** Takes the patches back, except for those that another package has put its own upon. */
  stop(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  #patch(module: NodeJS.Module | undefined, patch: Patch): void {
    if (module?.loaded !== true || this.#seen.has(module)) return;
    this.#seen.add(module);
    try {
      this.#undo.push(...patch(module.exports));
    } catch {
      // These are the insides of a framework: without a route the exchange is still one.
    }
  }
}
