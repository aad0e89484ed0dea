import * as z from 'zod';
import { RepoId, RunId, Sha } from '../ids.ts';
import { resultLimits } from '../attempt/result.ts';
import { inAge } from '../run/commit-report.ts';
import { mostNamed, type News } from '../run/news.ts';
import type { Run, VerdictName } from '../run/run.ts';

const Point = z.object({ runId: RunId, sha: Sha, pushedAt: z.date(), createdAt: z.date() });
type Point = z.output<typeof Point>;

/**
 * `repos/{repoId}/branches/{hash of the ref}`: whether a default branch is green or red, as its newest run says. Whoever ends later
 * and was pushed earlier has nothing to say.
 */
export const BranchHealth = z.object({
  repoId: RepoId,
  ref: z.string(),
  colour: z.enum(['green', 'red']),
  /** The run that spoke last. */
  newest: Point,
  /** The newest that was green; null if none was. */
  green: Point.nullable(),
  /** With which it broke; null while it is green. */
  red: Point.extend({ tests: z.array(z.string()).max(mostNamed), failed: z.number().int() }).nullable(),
  /** Tests known to be flaky that failed in the newest run: once is excused, twice is not. */
  doubted: z.array(z.string()).max(resultLimits.failedLabels),
});
export type BranchHealth = z.output<typeof BranchHealth>;

/** What each verdict says of a branch; null is nothing. */
const colours: Readonly<Record<VerdictName, 'green' | 'red' | null>> = {
  passed: 'green',
  failed: 'red',
  broken: 'red',
  'timed-out': 'red',
  // That tests disappeared is said by the verdict's code.
  'no-tests': null,
  cancelled: null,
  superseded: null,
  skipped: null,
  infrastructure: null,
};

/** What a run that is over says of its branch; null if it says nothing, as one that was cancelled. */
export function colourOf({ outcome }: Pick<Run, 'outcome'>): 'green' | 'red' | null {
  if (outcome === null) return null;
  return outcome.verdict === 'no-tests' && outcome.code === 'tests-disappeared' ? 'red' : colours[outcome.verdict];
}

/** Tests of which somebody has to know how flaky they are, before a run may turn the branch red. */
export function inQuestion(health: BranchHealth | null, run: Run): readonly string[] {
  return health?.colour === 'green' && run.outcome?.verdict === 'failed'
    ? run.outcome.failed.map(({ label }) => label)
    : [];
}

/**
 * The record after a run of the branch has come to its end, and what is to be told of it; null if it changes nothing: it is older than
 * the one that spoke last, is another try of an older commit, or says nothing of the branch. Pure.
 * @param known labels of the tests that are known to be flaky
 */
export function heard(
  health: BranchHealth | null,
  run: Run,
  known: ReadonlySet<string>,
  now: Date,
): { readonly health: BranchHealth; readonly news: News | null } | null {
  const colour = colourOf(run);
  if (colour === null || run.outcome === null) return null;
  const point = pointOf(run, health);
  if (point === null) return null;
  const failed = run.outcome.failed.map(({ label }) => label);
  const { repoId, ref } = run;
  const count = Math.max(failed.length, (run.outcome.counts?.failed ?? 0) + (run.outcome.counts?.timedOut ?? 0));
  const red = { ...point, tests: failed.slice(0, mostNamed), failed: count };
  const before = health ?? { repoId, ref, newest: point, green: null, red: null, doubted: [], colour };
  if (colour === 'green') {
    const next = { ...before, colour, newest: point, green: point, red: null, doubted: [] };
    return { health: next, news: isTurn(health, colour) ? newsOf('fixed', before, now) : null };
  }
  const doubted = failed.filter((label) => known.has(label));
  const isExcused = count > 0 && doubted.length === count && !doubted.some((label) => before.doubted.includes(label));
  if (before.colour === 'green' && isExcused) return { health: { ...before, newest: point, doubted }, news: null };
  const next = { ...before, colour, newest: point, red: before.red ?? red, doubted };
  return { health: next, news: isTurn(health, colour) ? newsOf('broken', next, now) : null };
}

function isTurn(health: BranchHealth | null, colour: 'green' | 'red'): boolean {
  return health !== null && health.colour !== colour;
}

/** Null where there was nothing before: who never was green did not break. */
function newsOf(kind: News['kind'], { green, red }: BranchHealth, now: Date): News | null {
  if (green === null || red === null) return null;
  const { runId, sha, tests, failed } = red;
  const untold = { since: now, tries: 0, nextAt: now, sending: null, toldAt: null, problem: null };
  return { kind, green: green.sha, red: { runId, sha }, tests, failed, ...untold };
}

/**
 * Where a run stands among those of the branch; null if it is older than the newest. A commit that is run again is as old as its push,
 * and newer than the run before: who clicks does not overtake a push that came before the click. An older one says nothing.
 */
function pointOf(run: Run, health: BranchHealth | null): Point | null {
  const { id, sha, createdAt } = run;
  const newest = health?.newest;
  if (newest === undefined) return { runId: id, sha, pushedAt: run.pushedAt, createdAt };
  const isAgain = run.trigger.source === 'rerun';
  if (isAgain && newest.sha !== sha) return null;
  const pushedAt = isAgain ? newest.pushedAt : run.pushedAt;
  const age = inAge({ id, pushedAt, createdAt }, { id: newest.runId, ...newest });
  return age <= 0 ? null : { runId: id, sha, pushedAt, createdAt };
}
