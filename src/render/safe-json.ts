/** What a terminal obeys or reorders, and JSON leaves as it is; of the line breaks those that lay the document out. */
const UNSAFE = /[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/gu;

type Replacer = (this: unknown, key: string, value: unknown) => unknown;

/** `JSON.stringify` with the characters escaped that a terminal would obey, which JSON readers undo. */
export function safeJson(value: unknown, replacer?: Replacer, indent?: number): string {
  return JSON.stringify(value, replacer, indent).replace(UNSAFE, escaped);
}

function escaped(character: string): string {
  let text = '';
  for (let at = 0; at < character.length; at++) {
    text += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }
  return text;
}
