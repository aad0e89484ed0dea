/** One seeded source of everything that is drawn: the same seed gives the same story on any machine. */
export interface Draw {
  /** From 0 up to and without 1. */
  fraction(): number;
  /** A whole number from 0 up to and without `limit`. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<Value>(values: readonly [Value, ...Value[]]): Value;
  pick<Value>(values: readonly Value[]): Value | undefined;
  bytes(count: number): Uint8Array;
}

/** By SplitMix32 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014). */
export function createDraw(seed: number): Draw {
  const state = { at: Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0 };
  const next = (): number => {
    state.at = (state.at + 0x9e3779b9) >>> 0;
    let mixed = state.at;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const draw = {
    fraction: () => next() / 2 ** 32,
    below: (limit: number) => Math.floor((next() / 2 ** 32) * limit),
    chance: (probability: number) => next() / 2 ** 32 < probability,
    pick: <Value>(values: readonly Value[]): Value | undefined => values[draw.below(values.length)],
    bytes: (count: number) => Uint8Array.from({ length: count }, () => next() & 255),
  };
  return draw;
}
