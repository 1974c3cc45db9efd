import { HTTP_REQUEST_HEADER_PREFIX } from '../attributes/attribute-names.ts';
import { escapePairs, escapeQuoted, escapeWord } from '../escape.ts';
import { OTHER } from '../receipt/exchange-key.ts';
import { type BodySource, methodOf, pathOf } from './body-source.ts';
import { apacheTime } from './line-time.ts';

const REFERER = `${HTTP_REQUEST_HEADER_PREFIX}referer`;

/**
 * A target that Loki's logfmt would take for a pair with the name of one of its own labels: `/_error__=x` is `__error__`,
 * and makes metric queries fail.
 */
const LABEL_OF_LOKI = /^\/[^A-Za-z\d=][^=]+[^A-Za-z\d=]{2}=/;

/** What nginx writes where no status was sent. GoAccess and lnav take no dash there. */
const NO_STATUS = '000';

/** Apache's combined log format. */
export function renderCombined(source: BodySource): string {
  const host = escapeWord(source.clientAddress || '-');
  // `%b` writes a dash for an empty body.
  const bytes = source.responseBodySize || '-';
  const referer = source.additions?.[REFERER];
  const from = Array.isArray(referer) ? String(referer[0] ?? '-') : '-';
  return (
    `${host} - - [${apacheTime(source.timestampSeconds)}] "${requestLineOf(source)}" ` +
    `${source.statusCode ?? NO_STATUS} ${bytes} "${escapeQuoted(from)}" "${escapeQuoted(source.userAgent ?? '-')}"`
  );
}

/** The request line, as far as it is known; a dash alone where nothing of it is, as Apache writes it. */
function requestLineOf(source: BodySource): string {
  const path = pathOf(source);
  const method = methodOf(source);
  if (path === undefined && method === OTHER) return '-';
  const target = (path ?? '-') + (source.query === '' ? '' : `?${source.query}`);
  // The third word stays where the version is not known: lnav does not take a line without it.
  return `${escapeWord(method)} ${targetWord(target)} HTTP/${escapeWord(source.protocolVersion)}`;
}

/** `=` stays where readers of this format expect it: in a path and its query. */
function targetWord(target: string): string {
  const word = escapePairs(target);
  return word.startsWith('/') && !LABEL_OF_LOKI.test(word) ? word : escapeWord(target);
}
