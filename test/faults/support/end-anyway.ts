import { after } from 'node:test';

const END_WITHIN_MS = 5_000;

/**
 * Ends the process of a test file after its last test, also where something keeps it alive. Seen once with Node 20, after
 * many HTTP/2 connections had been reset: all tests had passed, and the process used a processor without end.
 */
export function endAnyway(): void {
  after(() => {
    setTimeout(() => process.exit(), END_WITHIN_MS).unref();
  });
}
