const ENDS_IN_HIGH_SURROGATE = /[\uD800-\uDBFF]$/;

/**
 * The first `cap` UTF-16 code units of `text`, as a well-formed string: a surrogate without its other half becomes
 * U+FFFD, and a cut never splits a pair. Take it for cut where it is shorter than `text`.
 */
export function bound(text: string, cap: number): string {
  if (text.length <= cap) return mended(text);
  const cut = text.slice(0, cap);
  const whole = ENDS_IN_HIGH_SURROGATE.test(cut) ? cut.slice(0, -1) : cut;
  // A slice would keep all of the long original in memory for as long as the record waits to be sent.
  return Buffer.from(whole).toString();
}

function mended(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}
