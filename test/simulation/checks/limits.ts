import type { Seen } from './seen.ts';

/** As many runs as may go on at once, of all and of each customer. */
export interface Bounds {
  readonly runs: number;
  readonly runsOfCustomer: number;
}

const atWork: ReadonlySet<string> = new Set(['starting', 'running', 'finishing']);

/** Each run at work holds a place of its own among all and among its customer's; each place that is held is held by such a run. */
export function limits({ runs, slots, bounds }: Pick<Seen, 'runs' | 'slots' | 'bounds'>): readonly string[] {
  if (bounds === undefined || slots === undefined) return [];
  const working = runs.filter(({ state }) => atWork.has(state));
  const customers = new Set(working.map(({ customer }) => customer));
  const over = [...customers].filter(
    (customer) => working.filter((run) => run.customer === customer).length > bounds.runsOfCustomer,
  );
  const holders = new Map(working.flatMap((run) => run.slots.map((path) => [path, `${run.id}/${run.attempt}`])));
  return [
    ...(working.length > bounds.runs ? [`${working.length} runs go on, and ${bounds.runs} may`] : []),
    ...over.map((customer) => `more than ${bounds.runsOfCustomer} runs of ${customer} go on`),
    ...working.filter((run) => run.slots.length !== 2).map(({ id }) => `${id} goes on without its places`),
    ...[...slots]
      .filter(([path, holder]) => (holders.get(path) ?? null) !== holder)
      .map(
        ([path, holder]) => `${path} is held by ${holder ?? 'nobody'}, and belongs to ${holders.get(path) ?? 'nobody'}`,
      ),
  ];
}
