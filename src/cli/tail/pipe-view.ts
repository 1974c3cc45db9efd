import type { Writable } from 'node:stream';
import type { ReceivedRecord } from '../receiver/otlp-record.ts';
import { paintLine } from '../render/line-cells.ts';
import { createPaint } from '../render/terminal.ts';
import { jsonLine } from './json-line.ts';
import { LineWriter } from './line-writer.ts';
import { LinesOut } from './lines-out.ts';
import type { View } from './view.ts';

/** One line per record, for pipes and files: all of them, in the order of arrival, as fast as they are read. */
export function pipeView(
  stream: Writable,
  form: { readonly json: boolean; readonly colours: boolean },
): View {
  const out = new LinesOut(stream);
  const lineOf = form.json ? jsonLine : plainLine(form.colours);
  return {
    show: (record) => out.write(lineOf(record)),
    room: () => out.room(),
    end: () => out.flush(),
  };
}

function plainLine(colours: boolean): (record: ReceivedRecord) => string {
  const writer = new LineWriter();
  const paint = createPaint(colours);
  return (record) => paintLine(writer.line(record), paint);
}
