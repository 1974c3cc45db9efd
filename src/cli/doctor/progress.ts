import { printable } from '../../render/terminal.ts';

/** Shows the current step and how long it has taken. */
export interface Progress {
  /** What is waited for from now on. */
  step(what: string): void;
  /** Takes the line away. */
  stop(): void;
}

const EVERY_MS = 1000;

/** One line on a terminal that counts the seconds; nothing where the stream is none. */
export function startProgress(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { step: () => undefined, stop: () => undefined };
  let what = '';
  let seconds = 0;
  const show = (): void => {
    stream.write(
      `\r\x1b[K${what} …${seconds > 0 ? ` ${seconds} s` : ''}`.slice(0, (stream.columns || 80) + 3),
    );
  };
  const timer = setInterval(() => {
    seconds += 1;
    if (what !== '') show();
  }, EVERY_MS);
  timer.unref();
  return {
    step(next) {
      what = printable(next);
      seconds = 0;
      show();
    },
    stop() {
      clearInterval(timer);
      stream.write('\r\x1b[K');
    },
  };
}
