/** Which rules are in force, as events say it. */
export interface RulesStatus {
  /** That of the rules file in force; `undefined` where the options name none. */
  readonly hash: string | undefined;
  /** That of the key of hashes in force; `undefined` where there is none, or where it is not known here. */
  readonly keyId: string | undefined;
  /** Whether a file is missing, cannot be used, or is another one than that in force. */
  readonly isStale: boolean;
  /** Settings of the rules file that win over environment and code: `rate=50`. */
  readonly runtime: readonly string[];
}

/** What the heartbeat says of rules beside which they are. */
export interface RulesReport extends RulesStatus {
  /** Rules of the file that have matched nothing for an hour. */
  readonly unmatched: readonly string[];
}

type RulesAttributes = Record<string, string | boolean | string[]>;

/** Rules that a heartbeat names; further ones are only counted. */
const MAX_UNMATCHED = 20;

/** The attributes that all events about rules have. */
export function rulesAttributes({ hash, keyId, isStale, runtime }: RulesStatus): RulesAttributes {
  const attributes: RulesAttributes = {};
  if (hash !== undefined) attributes['access_log.rules.hash'] = hash;
  if (keyId !== undefined) attributes['access_log.rules.key_id'] = keyId;
  attributes['access_log.rules.stale'] = isStale;
  if (runtime.length > 0) attributes['access_log.rules.runtime'] = [...runtime];
  return attributes;
}

/** The attributes of a heartbeat. */
export function rulesReportAttributes(report: RulesReport): RulesAttributes {
  const attributes = rulesAttributes(report);
  const { unmatched } = report;
  if (unmatched.length === 0) return attributes;
  const named = unmatched.slice(0, MAX_UNMATCHED);
  const more = unmatched.length - named.length;
  attributes['access_log.rules.unmatched'] = more > 0 ? [...named, `${more} more`] : named;
  return attributes;
}
