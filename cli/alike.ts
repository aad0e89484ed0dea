/** The name that was probably meant: one that a slip or two of the fingers makes of what was typed. Null if none is that near. */
export function alike(typed: string, names: readonly string[]): string | null {
  const near = names
    .map((name) => ({ name, slips: slipsBetween(typed, name) }))
    .filter(({ name, slips }) => slips <= Math.min(2, Math.floor(name.length / 2)));
  return near.toSorted((one, other) => one.slips - other.slips)[0]?.name ?? null;
}

/** Letters left out, added, mistaken, or two that changed places (the optimal string alignment of Damerau and Levenshtein). */
function slipsBetween(one: string, other: string): number {
  const rows = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= one.length; row += 1) {
    const line = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const at = (back: number, left: number): number =>
        (back === 0 ? line : rows[row - back])?.[column - left] ?? Number.POSITIVE_INFINITY;
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      line.push(
        Math.min(
          at(1, 0) + 1,
          at(0, 1) + 1,
          at(1, 1) + (isSame ? 0 : 1),
          isSwapped ? at(2, 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    rows.push(line);
  }
  return rows[one.length]?.[other.length] ?? Number.POSITIVE_INFINITY;
}
