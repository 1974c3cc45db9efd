import type { ReadStream, WriteStream } from 'node:tty';
import { wantsColours } from '../render/terminal.ts';
import { readKeys } from './keys.ts';
import { LineWriter } from './line-writer.ts';
import { Screen } from './screen.ts';
import { summaryLine } from './summary-line.ts';
import type { SummaryNow, View } from './view.ts';

const DRAW_EVERY_MS = 100;

interface Terminal {
  readonly output: WriteStream;
  /** Not a terminal: then there are no keys. */
  readonly input: ReadStream;
  readonly summary: SummaryNow;
  /** Called when a key asks for the end. */
  readonly onQuit: () => void;
}

/** Lines that scroll by, a summary below them, and keys: {@link Screen} on a real terminal. */
export function terminalView({ output, input, summary, onQuit }: Terminal): View {
  const hasKeys = input.isTTY === true;
  const screen = new Screen({ columns: output.columns, colours: wantsColours(output), hasKeys });
  const writer = new LineWriter();
  const draw = (): void => {
    // A terminal that lags gets its next drawing later; until then the screen leaves out what is too much.
    if (output.writableNeedDrain) return;
    const now = summary();
    const text = screen.draw(summaryLine(now.summary, now));
    if (text !== '') output.write(text);
  };
  const onKeys = (chunk: string | Buffer): void => {
    for (const key of readKeys(String(chunk))) if (screen.press(key) === 'quit') onQuit();
    draw();
  };
  const onResize = (): void => {
    screen.resize(output.columns);
    draw();
  };

  output.on('resize', onResize);
  if (hasKeys) input.setEncoding('utf8').setRawMode(true).on('data', onKeys);
  const drawing = setInterval(draw, DRAW_EVERY_MS);
  return {
    show: (record) => screen.add(writer.line(record)),
    room: async () => undefined,
    end: () => {
      clearInterval(drawing);
      output.off('resize', onResize);
      output.write(screen.end());
      if (hasKeys) input.off('data', onKeys).setRawMode(false).pause();
    },
  };
}
