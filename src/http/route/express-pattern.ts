/** One of the paths that a layer of an Express router was made for. */
export interface Pattern {
  /**
   * The part of a path that it matches; `undefined` where it matches none. Absent where asking would change its
   * state: a RegExp that is global or sticky.
   */
  readonly take?: (path: string) => string | undefined;
  /** What the application wrote for the part that was taken; `undefined` where that is not certain. */
  readonly written: (taken: string) => string | undefined;
}

export function trimSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
