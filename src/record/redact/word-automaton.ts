/** The bits of a letter, which is its place in the alphabet. */
const LETTER_BITS = 5;
const LETTER = (1 << LETTER_BITS) - 1;

/**
 * Finds words in a text in one pass, however often they nearly occur (Aho and Corasick, 1975). A state is the longest
 * beginning of a word that the text so far ends in; 0 is none.
 */
export interface WordAutomaton {
  /** The state after a state and a letter, which is its place in the alphabet: `next[(state << letterBits) | letter]`. */
  readonly next: Uint16Array;
  readonly letterBits: number;
  /** The longest word that the text ends in at a state, as the state that it leads to; 0 for none. */
  readonly words: Uint16Array;
  /** The next shorter word that the text ends in then. */
  readonly shorter: Uint16Array;
  readonly lengths: Uint8Array;
  /** What the word was given as. */
  readonly ranks: Uint8Array;
}

/** @param ranked words of the letters a to z */
export function compileWords(
  ranked: readonly (readonly [rank: number, words: readonly string[]])[],
): WordAutomaton {
  const mostStates = 1 + ranked.flatMap(([, words]) => words).join('').length;
  const next = new Uint16Array(mostStates << LETTER_BITS);
  const words = new Uint16Array(mostStates);
  const shorter = new Uint16Array(mostStates);
  const lengths = new Uint8Array(mostStates);
  const ranks = new Uint8Array(mostStates);
  /** The letter that a state ends in. */
  const letters = new Uint8Array(mostStates);
  /** For each state those of one letter more. */
  const longer: number[][] = [[]];

  function add(word: string, rank: number): void {
    let state = 0;
    for (let at = 0; at < word.length; at++) {
      const letter = word.charCodeAt(at) & LETTER;
      const edge = (state << LETTER_BITS) | letter;
      if (next[edge] === 0) {
        const added = longer.push([]) - 1;
        longer[state]?.push(added);
        letters[added] = letter;
        lengths[added] = at + 1;
        next[edge] = added;
      }
      state = next[edge] ?? 0;
    }
    words[state] = state;
    ranks[state] = rank;
  }

  /** Where a state has no way on, it takes that of the next shorter one, which is complete by then. */
  function complete(): void {
    const rests = new Uint16Array(longer.length);
    const queue = [0];
    for (const state of queue) {
      const rest = rests[state] ?? 0;
      shorter[state] = words[rest] ?? 0;
      if (words[state] === 0) words[state] = words[rest] ?? 0;
      if (state !== 0) next.copyWithin(state << LETTER_BITS, rest << LETTER_BITS, (rest + 1) << LETTER_BITS);
      for (const following of longer[state] ?? []) {
        const edge = (state << LETTER_BITS) | (letters[following] ?? 0);
        rests[following] = state === 0 ? 0 : (next[edge] ?? 0);
        next[edge] = following;
        queue.push(following);
      }
    }
  }

  for (const [rank, list] of ranked) for (const word of list) add(word, rank);
  complete();
  return { next, letterBits: LETTER_BITS, words, shorter, lengths, ranks };
}
