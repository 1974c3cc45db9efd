import type { ReadStream, WriteStream } from 'node:tty';
import type { Line } from '../../../render/line-cells.ts';
import { wantsColours } from '../../../render/terminal.ts';
import type { View } from '../view.ts';
import { readKeys } from './keys.ts';
import { Screen } from './screen.ts';

const DRAW_EVERY_MS = 100;

/** The other screen of the terminal, without a cursor; and back, with all that was there before. */
const OPEN = '\x1b[?1049h\x1b[?25l';
const CLOSE = '\x1b[?1049l\x1b[?25h';

interface Terminal {
  readonly output: WriteStream;
  /** Where keys come from; `undefined` where there are none. */
  readonly input: ReadStream | undefined;
  /** The bottom line. */
  readonly summary: () => Line;
  readonly welcome: readonly string[];
  /** Called when a key asks for the end. */
  readonly onQuit: () => void;
}

/** {@link Screen} on a real terminal. */
export function terminalView({ output, input, summary, welcome, onQuit }: Terminal): View {
  const hasKeys = input !== undefined;
  const screen = new Screen({ ...sizeOf(output), colours: wantsColours(output), hasKeys, welcome });
  const draw = (): void => {
    // A terminal that lags gets its next drawing later.
    if (output.writableNeedDrain) return;
    const text = screen.draw(summary());
    if (text !== '') output.write(text);
  };
  const onKeys = (chunk: string | Buffer): void => {
    for (const key of readKeys(String(chunk))) if (screen.press(key) === 'quit') onQuit();
    draw();
  };
  const onResize = (): void => {
    const { columns, rows } = sizeOf(output);
    screen.resize(columns, rows);
    draw();
  };
  const close = (): void => {
    output.write(CLOSE);
  };

  output.write(OPEN);
  // Also where something of ours throws: a terminal that is left in this state shows nothing of what is typed.
  process.once('exit', close);
  output.on('resize', onResize);
  input?.setEncoding('utf8').setRawMode(true).on('data', onKeys);
  draw();
  const drawing = setInterval(draw, DRAW_EVERY_MS);
  return {
    show: (record) => screen.add(record),
    room: async () => undefined,
    hasKeys,
    end: () => {
      clearInterval(drawing);
      output.off('resize', onResize);
      process.off('exit', close);
      close();
      output.write(screen.end());
      if (input === undefined) return;
      input.off('data', onKeys).setRawMode(false).pause();
      if (input !== process.stdin) input.destroy();
    },
  };
}

/** A pseudo-terminal may have no size. */
function sizeOf({ columns, rows }: WriteStream): { readonly columns: number; readonly rows: number } {
  return { columns: columns || 80, rows: rows || 24 };
}
