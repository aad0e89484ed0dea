/** Randomness as a dependency. */
export interface Random {
  bytes(count: number): Uint8Array;
}
