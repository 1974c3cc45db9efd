/** Percent-decodes a text; one that is not percent-encoded correctly is returned as it is. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
