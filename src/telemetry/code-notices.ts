import { diag } from '@opentelemetry/api';
import { type NoticeLevel, Notices } from './notices.ts';
import { standardErrorWriter } from './standard-error.ts';

/**
 * Notices of the access log in an SDK that is set up in code: on standard error, which always has a reader, and for the
 * `diag` logger of the OpenTelemetry API, which is silent until the application sets one.
 */
export function codeNotices(): Notices {
  const writeLine = standardErrorWriter();
  return new Notices({
    nowMs: () => performance.now(),
    write: (line, isLast, level) => {
      const isWritten = writeLine(line, isLast);
      if (isWritten || isLast) toDiag(level, line.trimEnd());
      return isWritten;
    },
  });
}

function toDiag(level: NoticeLevel, line: string): void {
  if (level === 'error') diag.error(line);
  else if (level === 'info') diag.info(line);
  else diag.warn(line);
}

/** Notices about the rules file: instrumentation and processor follow it both, and each would write the same line. */
let lastOfRules: string | undefined;

/** @returns whether the line differs from the last one about the rules file */
export function isNewOfRules(line: string): boolean {
  const isNew = line !== lastOfRules;
  lastOfRules = line;
  return isNew;
}
