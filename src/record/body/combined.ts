import { HTTP_REQUEST_HEADER_PREFIX } from '../attributes/attribute-names.ts';
import { escapeAsApache } from '../escape.ts';
import { OTHER } from '../exchange-key.ts';
import { type BodySource, methodOf, pathOf } from './body-source.ts';
import { apacheTime } from './line-time.ts';

const REFERER = `${HTTP_REQUEST_HEADER_PREFIX}referer`;

/** Apache's combined log format. */
export function renderCombined(source: BodySource): string {
  const host = escapeAsApache(source.clientAddress ?? '-');
  // `%b` writes a dash for an empty body.
  const bytes = source.responseBodySize || '-';
  const referer = source.additions?.[REFERER];
  const from = Array.isArray(referer) ? String(referer[0] ?? '-') : '-';
  return (
    `${host} - - [${apacheTime(source.timestampSeconds)}] "${escapeAsApache(requestLineOf(source))}" ` +
    `${source.statusCode ?? '-'} ${bytes} "${escapeAsApache(from)}" "${escapeAsApache(source.userAgent ?? '-')}"`
  );
}

/** The request line, as far as it is known; a dash alone where nothing of it is, as Apache writes it. */
function requestLineOf(source: BodySource): string {
  const path = pathOf(source);
  const method = methodOf(source);
  if (path === undefined && method === OTHER) return '-';
  const target = (path ?? '-') + (source.query === '' ? '' : `?${source.query}`);
  const protocol = source.protocolVersion === '' ? '' : ` HTTP/${source.protocolVersion}`;
  return `${method} ${target}${protocol}`;
}
