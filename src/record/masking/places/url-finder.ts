import { REDACTED, type Strategy } from '../../../options/rules/strategy.ts';
import type { Finder } from '../masked-texts.ts';
import type { PassageSink } from '../passage-sink.ts';
import { MAX_PARAMETERS, type QueryFinder } from './query-finder.ts';

const REPLACE: Strategy = { kind: 'replace', text: REDACTED };
const BEFORE_AUTHORITY = '://';
const EQUALS = 0x3d;
const QUESTION_MARK = 0x3f;
const AT = 0x40;
/** Queries of one text that are looked at; the rest of the text is replaced as a whole. */
const MAX_QUERIES = 64;
/** No such place. */
const NONE = -1;

/** What ends a query, or the URL as people quote it. */
const ENDS_QUERY: Uint8Array = codesOf('#"\'<> \t\r\n');
/** What ends an authority (RFC 3986 section 3.2). */
const ENDS_AUTHORITY: Uint8Array = codesOf('/?#"\'<> \t\r\n');

/**
 * Finds the credentials of URLs that stand in a text, as messages of errors quote them: user information, and
 * parameters by their names. Each character is read twice at most.
 */
export class UrlFinder implements Finder {
  readonly #query: QueryFinder;

  /** @param query finds what is to be masked in a query */
  constructor(query: QueryFinder) {
    this.#query = query;
  }

  find(text: string, passages: PassageSink): void {
    if (text.includes('@')) addUserInfo(text, passages);
    if (text.includes('=') && text.includes('?')) this.#findQueries(text, passages);
  }

  #findQueries(text: string, passages: PassageSink): void {
    let start = NONE;
    let isNamed = false;
    let queries = 0;
    let parameters = MAX_PARAMETERS;
    for (let at = text.indexOf('?'); at <= text.length; at++) {
      const code = text.charCodeAt(at);
      if (start === NONE) {
        if (code !== QUESTION_MARK) continue;
        start = at + 1;
        isNamed = false;
      } else if (at === text.length || ENDS_QUERY[code] === 1) {
        if (isNamed) {
          if (queries === MAX_QUERIES || parameters === 0) {
            passages.add(start, text.length, REPLACE, '');
            return;
          }
          queries++;
          parameters = this.#query.findIn(text, start, at, passages, parameters);
        }
        start = NONE;
      } else if (code === EQUALS) {
        isNamed = true;
      }
    }
  }
}

function addUserInfo(text: string, passages: PassageSink): void {
  for (let at = text.indexOf(BEFORE_AUTHORITY); at !== -1; at = text.indexOf(BEFORE_AUTHORITY, at)) {
    const start = at + BEFORE_AUTHORITY.length;
    let end = start;
    for (at = start; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (ENDS_AUTHORITY[code] === 1) break;
      if (code === AT) end = at;
    }
    if (end > start) passages.add(start, end, REPLACE, '');
  }
}

function codesOf(characters: string): Uint8Array {
  const codes = new Uint8Array(0x80);
  for (const character of characters) codes[character.charCodeAt(0)] = 1;
  return codes;
}
