/**
 * A machine that finds all of many words in one pass over bytes (Aho and Corasick, 1975), with its transitions in one
 * table. Bytes that stand in no word share a column.
 */
export interface Automaton {
  /** No words: nothing is ever found. */
  readonly empty: boolean;
  /**
   * A state is the place of its row in here. At `state + classOf[byte]` stands the state that follows; if a word ends
   * there, its complement (`~`), so that one look tells both.
   */
  readonly next: Int32Array;
  readonly classOf: Uint16Array;
  /** The length of the longest word that ends in a state. */
  longestWord(state: number): number;
  /** How many of the last bytes may be the beginning of a word. */
  depth(state: number): number;
}

const none = -1;

export function createAutomaton(words: readonly Uint8Array[]): Automaton {
  const { classOf, classes } = classify(words);
  const limit = 1 + words.reduce((sum, word) => sum + word.length, 0);
  const next = new Int32Array(limit * classes).fill(none);
  const found = new Int32Array(limit);
  const depth = new Int32Array(limit);
  let states = 1;
  for (const word of words) {
    let state = 0;
    for (const byte of word) {
      const at = state * classes + (classOf[byte] ?? 0);
      if (next[at] === none) {
        next[at] = states;
        depth[states] = (depth[state] ?? 0) + 1;
        states += 1;
      }
      state = next[at] ?? 0;
    }
    found[state] = word.length;
  }
  complete({ next, classes, found, states });
  return {
    empty: words.length === 0,
    next: next
      .subarray(0, states * classes)
      .map((state) => ((found[state] ?? 0) > 0 ? ~(state * classes) : state * classes)),
    classOf,
    longestWord: (state) => found[state / classes] ?? 0,
    depth: (state) => depth[state / classes] ?? 0,
  };
}

function classify(words: readonly Uint8Array[]): { classOf: Uint16Array; classes: number } {
  const classOf = new Uint16Array(256);
  let classes = 1;
  for (const byte of words.flatMap((word) => [...word])) {
    if (classOf[byte] !== 0) continue;
    classOf[byte] = classes;
    classes += 1;
  }
  return { classOf, classes };
}

/** Fills in where a state goes on a byte that its words do not have: where the longest ending of it would go. */
function complete(trie: { next: Int32Array; classes: number; found: Int32Array; states: number }): void {
  const { next, classes, found } = trie;
  const fallback = new Int32Array(trie.states);
  const queue = [0];
  for (const state of queue) {
    const instead = fallback[state] ?? 0;
    found[state] = Math.max(found[state] ?? 0, state === 0 ? 0 : (found[instead] ?? 0));
    for (let symbol = 0; symbol < classes; symbol += 1) {
      const at = state * classes + symbol;
      const other = state === 0 ? 0 : (next[instead * classes + symbol] ?? 0);
      const child = next[at] ?? none;
      if (child === none) {
        next[at] = other;
      } else {
        fallback[child] = other;
        queue.push(child);
      }
    }
  }
}
