import { use } from './field.ts';
import { fieldRegistry } from './registry.ts';

/**
 * Writes a note for an exchange: up to the last 16 of them, 256 characters each, are on its record as `access_log.notes`
 * if it ends as the option `detailWhen` says, and forgotten otherwise. Never throws; a note that cannot be kept is
 * counted as a dropped field.
 *
 * @param request as for `Field.set`
 */
export function note(request: object, text: string): void;
/** The same for the exchange of the active context. */
export function note(text: string): void;
export function note(requestOrText: unknown, text?: unknown): void {
  try {
    const registry = fieldRegistry();
    const { host } = registry;
    if (host === undefined) return;
    if (!registry.isUsed) use(registry);
    // biome-ignore lint/complexity/noArguments: rest parameters allocate, and the text may be `undefined`.
    if (arguments.length < 2) host.note(null, requestOrText);
    else host.note(requestOrText ?? undefined, text);
  } catch {
    // Not a host of this package: without one there are no notes.
  }
}
