import type { Seen } from './seen.ts';

/** What a run made of its branch is told once, on the commit that broke it, and nothing is told that no run is about. */
export function toldOnce({ runs, comments }: Pick<Seen, 'runs' | 'comments'>): readonly string[] {
  if (comments === undefined) return [];
  const byId = new Map(runs.map((run) => [run.id, run]));
  const said = [...comments].flatMap(([sha, bodies]) =>
    bodies.map((body) => {
      const [, kind = '', id = ''] = /<!-- yb (\w+) (\w+) -->/.exec(body) ?? [];
      return { sha, kind, id };
    }),
  );
  return said.flatMap(({ sha, kind, id }, index) => {
    const news = byId.get(id)?.news ?? null;
    const isFirst = said.findIndex((one) => one.id === id && one.kind === kind) === index;
    return [
      ...(isFirst ? [] : [`that ${id} left the branch ${kind} is told twice`]),
      ...(news?.kind === kind && news.red.sha === sha ? [] : [`${sha} is told of ${id}: ${kind}, and it is not`]),
    ];
  });
}
