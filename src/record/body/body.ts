import type { BodyFormat } from '../../options/schema.ts';
import { encodeTarget } from '../escape.ts';
import { type BodySource, pathOf } from './body-source.ts';
import { renderCombined } from './combined.ts';
import { renderJson } from './json.ts';

/** What takes a line part by part, so that an encoder need not put it together first. */
export interface LineSink {
  /** Takes a text as it is. */
  chars(value: string): void;
  /** Takes a text where it is known to need no encoding by `encodeTarget`. @returns whether it was taken */
  plain(value: string): boolean;
  /** Takes an integer, not negative, in decimal. */
  digits(value: number): void;
}

class TextSink implements LineSink {
  text = '';

  chars(value: string): void {
    this.text += value;
  }

  plain(): boolean {
    return false;
  }

  digits(value: number): void {
    this.text += value;
  }
}

/**
 * Renders a record as one line, without line break, whatever the request held:
 *
 * - `line`: `GET /orders/42 200 1532B 12.4ms`; with the outcome after the status where it is not `completed`; what does
 *   not belong into a request target is percent-encoded, and `=`
 * - `json`: `time, level, method, path, query, status_code, outcome, error_type, duration_ms, bytes, ip, user_agent,
 *   trace_id, span_id, route, service, suppressed_before`, those that are known, then `notes`, who it was, and the fields of
 *   handlers under their names
 * - `combined`: Apache's combined log format, in UTC, quotes and backslashes escaped as nginx does; the referrer only
 *   where the header `referer` is captured; `000` where no status was sent, as nginx writes it
 *
 * @param service `service.name`
 */
export function renderBody(format: BodyFormat, source: BodySource, service: string | undefined): string {
  switch (format) {
    case 'line':
      return renderLine(source);
    case 'json':
      return renderJson(source, service);
    case 'combined':
      return renderCombined(source);
  }
}

function renderLine(source: BodySource): string {
  const sink = new TextSink();
  writeLine(sink, source);
  return sink.text;
}

/** Writes the body in the format `line`. */
export function writeLine(sink: LineSink, source: BodySource): void {
  const { method, methodOriginal, outcome, statusCode, responseBodySize } = source;
  sink.chars(methodOriginal === undefined ? method : encodeTarget(methodOriginal));
  sink.chars(' ');
  const path = pathOf(source) ?? '-';
  if (!sink.plain(path)) sink.chars(encodeTarget(path));
  sink.chars(' ');
  if (statusCode === undefined) sink.chars('-');
  else sink.digits(statusCode);
  if (outcome !== 'completed') {
    sink.chars(' ');
    sink.chars(outcome);
  }
  if (responseBodySize !== undefined) {
    sink.chars(' ');
    sink.digits(responseBodySize);
    sink.chars('B ');
  } else {
    sink.chars(' ');
  }
  writeMilliseconds(sink, source.duration);
  sink.chars('ms');
}

/** With one decimal from a millisecond on and three below. */
function writeMilliseconds(sink: LineSink, seconds: number): void {
  const micros = Math.round(seconds * 1e6);
  if (seconds >= 0.001) {
    const tenths = Math.round(seconds * 1e4);
    sink.digits(Math.floor(tenths / 10));
    sink.chars('.');
    sink.digits(tenths % 10);
  } else if (micros === 1000) {
    sink.chars('1.000');
  } else {
    sink.chars(micros < 100 ? (micros < 10 ? '0.00' : '0.0') : '0.');
    sink.digits(micros);
  }
}
