import type { Writable } from 'node:stream';
import { paintLine } from '../../../render/line-cells.ts';
import { createPaint } from '../../../render/terminal.ts';
import type { ReceivedRecord } from '../../receiver/otlp-record.ts';
import type { TailFormat } from '../options.ts';
import type { View } from '../view.ts';
import { goaccessLine } from './goaccess-line.ts';
import { jsonLine } from './json-line.ts';
import { LineWriter } from './line-writer.ts';
import { LinesOut } from './lines-out.ts';

/**
 * One line per record, for pipes and files: all of them, in the order of arrival, as fast as they are read. GoAccess gets
 * exchanges only.
 */
export function pipeView(
  stream: Writable,
  form: { readonly format: TailFormat; readonly colours: boolean },
): View {
  const out = new LinesOut(stream);
  const lineOf = writerOf(form.format, form.colours);
  return {
    show: (record) => {
      const line = lineOf(record);
      if (line !== undefined) out.write(line);
    },
    room: () => out.room(),
    hasKeys: false,
    end: () => out.flush(),
  };
}

function writerOf(format: TailFormat, colours: boolean): (record: ReceivedRecord) => string | undefined {
  if (format === 'json') return jsonLine;
  return format === 'goaccess' ? goaccessLine : plainLine(colours);
}

function plainLine(colours: boolean): (record: ReceivedRecord) => string {
  const writer = new LineWriter();
  const paint = createPaint(colours);
  return (record) => paintLine(writer.line(record), paint);
}
