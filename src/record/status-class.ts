/** Stands for what is none of the known, or not known at all: the semantic conventions' own word. */
export const OTHER = '_OTHER';

const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', '6xx', '7xx', '8xx', '9xx'] as const;

/** `2xx`; the outcome where there was no status. */
export function statusClassOf({
  statusCode,
  outcome,
}: {
  readonly statusCode: number | undefined;
  readonly outcome: string;
}): string {
  if (statusCode === undefined) return outcome;
  return STATUS_CLASSES[Math.floor(statusCode / 100) - 1] ?? OTHER;
}
