/** What a series of measurements says. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError for no measurements: an empty series says nothing */
export function summaryOf(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  const [below, above] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  if (min === undefined || max === undefined || below === undefined || above === undefined) {
    throw new RangeError('no measurements');
  }
  return { median: (below + above) / 2, min, max };
}

/** One row of a comparison. */
export interface Row {
  readonly name: string;
  readonly values: readonly number[];
}

export interface Comparison {
  readonly title: string;
  readonly unit: string;
  readonly rows: readonly Row[];
  /** The row that the others are compared with. */
  readonly baseline: string;
  /** What the ratios to the baseline should be. */
  readonly aims: readonly Aim[];
}

export interface Aim {
  readonly name: string;
  readonly ratio: number;
  readonly is: 'at least' | 'at most';
  /** Compared with this row instead of the baseline. */
  readonly to?: string;
}

export interface JudgedAim extends Aim {
  readonly measured: number;
  readonly reached: boolean;
}

/** The ratio of a row's median to another's. */
export function ratioOf(comparison: Comparison, name: string, to = comparison.baseline): number {
  return medianOf(comparison, name) / medianOf(comparison, to);
}

export function judge(comparison: Comparison): readonly JudgedAim[] {
  return comparison.aims.map((aim) => {
    const measured = ratioOf(comparison, aim.name, aim.to);
    return { ...aim, measured, reached: aim.is === 'at least' ? measured >= aim.ratio : measured <= aim.ratio };
  });
}

function medianOf({ rows }: Comparison, name: string): number {
  return summaryOf(rows.find((row) => row.name === name)?.values ?? []).median;
}

/** The comparison as a table for people, with its aims below it. */
export function describeComparison(comparison: Comparison): string {
  const width = Math.max(...comparison.rows.map(({ name }) => name.length), 10) + 2;
  const cells = (...values: readonly string[]): string => values.map((value) => value.padStart(10)).join('');
  const rows = comparison.rows.map(({ name, values }) => {
    const { median, min, max } = summaryOf(values);
    const numbers = [median, min, max].map((value) => value.toFixed(value < 100 ? 1 : 0));
    return `  ${name.padEnd(width)}${cells(...numbers, ratioOf(comparison, name).toFixed(2))}`;
  });
  const aims = judge(comparison).map(
    ({ name, ratio, is, to = comparison.baseline, measured, reached }) =>
      `  ${reached ? 'reached' : 'MISSED '}  ${name}: ${measured.toFixed(2)} × ${to}, aim ${is} ${ratio}`,
  );
  const head = `  ${''.padEnd(width)}${cells('median', 'min', 'max', 'ratio')}`;
  return [`${comparison.title} (${comparison.unit})`, head, ...rows, ...aims, ''].join('\n');
}
