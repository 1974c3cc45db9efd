/** The bits of a letter, which is its place in the alphabet. */
const LETTER_BITS = 5;
const LETTER = (1 << LETTER_BITS) - 1;
const LETTERS = 26;

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
  let states = 1;

  function add(word: string, rank: number): void {
    let state = 0;
    for (let at = 0; at < word.length; at++) {
      const edge = (state << LETTER_BITS) | (word.charCodeAt(at) & LETTER);
      if (next[edge] === 0) {
        lengths[states] = at + 1;
        next[edge] = states++;
      }
      state = next[edge] ?? 0;
    }
    words[state] = state;
    ranks[state] = rank;
  }

  /** Where a state has no way on, that of the next shorter beginning is taken. Shorter ones are done before. */
  function complete(): void {
    const shorterStates = new Uint16Array(states);
    const queue = [0];
    for (const state of queue) {
      const other = shorterStates[state] ?? 0;
      shorter[state] = words[other] ?? 0;
      if (words[state] === 0) words[state] = words[other] ?? 0;
      for (let letter = 1; letter <= LETTERS; letter++) {
        const edge = (state << LETTER_BITS) | letter;
        const way = state === 0 ? 0 : (next[(other << LETTER_BITS) | letter] ?? 0);
        const longer = next[edge] ?? 0;
        if (longer === 0) {
          next[edge] = way;
        } else {
          shorterStates[longer] = way;
          queue.push(longer);
        }
      }
    }
  }

  for (const [rank, list] of ranked) for (const word of list) add(word, rank);
  complete();
  return { next, letterBits: LETTER_BITS, words, shorter, lengths, ranks };
}
