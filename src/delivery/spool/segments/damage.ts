/** What could not be read of a spool that another process has left. */
export interface SpoolDamage {
  /** Path of the file. */
  readonly file: string;
  /**
   * - `torn`: its end, as a write leaves it that the end of the process or of the power interrupted
   * - `damaged`: frames before others that are intact
   * - `newer`: a newer version of this package has written the file, which is left as it is
   * - `unreadable`: the file cannot be read, and is left as it is
   */
  readonly kind: 'torn' | 'damaged' | 'newer' | 'unreadable';
  /** Bytes that are left out. How many records were in them is not known. */
  readonly bytes: number;
  /** Why the file cannot be read. */
  readonly error?: unknown;
}
