import type { DetectorName } from '../../../../src/options/groups/privacy-options.ts';
import type { Strategy } from '../../../../src/options/rules/strategy.ts';
import { Passages } from '../../../../src/record/masking/passages.ts';
import { compileScanner, type Scanner } from '../../../../src/record/masking/scanner.ts';

const MASK: Strategy = { kind: 'mask' };
export const ALL: readonly DetectorName[] = [
  ...(['jwt', 'bearer', 'key', 'card', 'email', 'phone', 'phone-cn', 'id-cn'] as const),
];
export const DEFAULTS: readonly DetectorName[] = ['jwt', 'bearer', 'card', 'phone-cn'];

const passages = new Passages();
const scanners = new Map<string, Scanner>();

/** `text` as it is shown where these detectors mask what they find. */
export function masked(text: string, detectors: readonly DetectorName[] = ALL): string | undefined {
  return scanned(text, detectors).apply(text, 'test', undefined);
}

/** Which detectors find something, in the order of their names. */
export function found(text: string, detectors: readonly DetectorName[] = ALL): string[] {
  const kinds = new Set<string>();
  scanned(text, detectors).forEachKind((kind) => kinds.add(kind));
  return [...kinds].sort();
}

function scanned(text: string, detectors: readonly DetectorName[]): Passages {
  const name = detectors.join();
  const scanner =
    scanners.get(name) ?? compileScanner(new Map(detectors.map((detector) => [detector, MASK])));
  if (scanner === undefined) throw new Error('expected a detector');
  scanners.set(name, scanner);
  passages.clear();
  scanner.scan(text, passages);
  return passages;
}
