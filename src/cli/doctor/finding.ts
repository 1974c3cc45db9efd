/** Something that a person should know, and what to do about it. */
export interface Finding {
  /** `error`: records do not arrive. `warning`: they do, but something is missing. */
  readonly level: 'error' | 'warning' | 'note';
  /** A stable key for scripts: `refused`, `tls_name`, … */
  readonly reason: string;
  /** One sentence. */
  readonly what: string;
  /** What to change, one line each. */
  readonly advice: readonly string[];
}
