import { HTTP_REQUEST_HEADER_PREFIX } from '../attributes/attribute-names.ts';
import { escapeAsApache } from '../escape.ts';
import { type BodySource, methodOf, pathOf } from './body-source.ts';
import { apacheTime } from './line-time.ts';

const REFERER = `${HTTP_REQUEST_HEADER_PREFIX}referer`;

/** Apache's combined log format. */
export function renderCombined(source: BodySource): string {
  const target = pathOf(source) + (source.query === '' ? '' : `?${source.query}`);
  const protocol = source.protocolVersion === '' ? '' : ` HTTP/${source.protocolVersion}`;
  const host = escapeAsApache(source.clientAddress ?? '-');
  // `%b` writes a dash for an empty body.
  const bytes = source.responseBodySize || '-';
  const referer = source.additions?.[REFERER];
  const from = Array.isArray(referer) ? String(referer[0] ?? '-') : '-';
  return (
    `${host} - - [${apacheTime(source.timestampSeconds)}] "${escapeAsApache(`${methodOf(source)} ${target}${protocol}`)}" ` +
    `${source.statusCode ?? '-'} ${bytes} "${escapeAsApache(from)}" "${escapeAsApache(source.userAgent ?? '-')}"`
  );
}
