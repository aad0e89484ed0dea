import { outcomesOf, type TestOutcome } from '../../shared/history/history.ts';
import {
  comparable,
  disappearedSince,
  goneFrom,
  isWhole,
  testLabels,
  testSetOf,
} from '../../shared/history/test-set.ts';
import type { ObjectStore } from '../../shared/outside/objects.ts';
import { readTargets, type TargetLine } from '../../shared/logs/targets.ts';
import type { RunResult } from '../../shared/attempt/result.ts';
import type { Disappeared, Run, TestSet } from '../../shared/run/run.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import { latestRuns } from '../../shared/store/runs.ts';

/** What is known of an attempt's tests, if its list of targets can be relied on. */
export interface Tests {
  /** Null if nobody knows what Bazel was asked for. */
  readonly set: TestSet | null;
  /** All test targets that the run before had and this one has not. */
  readonly gone: readonly string[];
  readonly disappeared: Disappeared | null;
  /** Of those that tell something of the test. */
  readonly outcomes: ReadonlyMap<string, TestOutcome>;
}

export interface Known {
  /** The branch's last finished run before this one. */
  readonly earlier: Run | null;
  readonly tests: Tests | null;
}

/** So many runs of a branch are looked through for one whose tests are known. */
const lookBack = 5;

/**
 * Reads what became of the targets of an attempt, and what the run before knew. However many targets there are, it costs
 * a few documents and at most two objects; the second is read only if the sets of tests differ.
 * @param defaultRef null if nobody knows the repository's default branch
 */
export async function readTests(
  options: { readonly documents: Documents; readonly objects: ObjectStore },
  run: Run,
  result: RunResult | null,
  defaultRef: string | null,
): Promise<Known> {
  // Of a list that breaks off, or one of another lease, nothing can be said.
  if (result?.events.complete !== true || result.epoch !== run.lease?.epoch) return { earlier: null, tests: null };
  const store = options.objects;
  const finished = { repoId: run.repoId, state: 'finished', before: run.createdAt, limit: lookBack } as const;
  const before = async (ref: string): Promise<Run[]> =>
    (await latestRuns(options.documents, { ...finished, ref }))
      .map(({ value }) => value)
      .filter(({ outcome }) => outcome?.verdict !== 'skipped');
  const [ofBranch, targets] = await Promise.all([
    before(run.ref),
    readTargets({ store, runId: run.id, attempt: run.attempt }),
  ]);
  const earlier = ofBranch[0] ?? null;
  if (targets === null || !isWhole(targets, result)) return { earlier, tests: null };

  const base =
    comparable(ofBranch, run) ??
    (defaultRef === null || defaultRef === run.ref ? null : comparable(await before(defaultRef), run));
  const labels = testLabels(targets);
  const set = result.asked === undefined ? null : testSetOf(labels, result.asked);
  const gone = base === null || set === null ? null : await compare(store, { targets, set }, base);
  return {
    earlier,
    tests: {
      set,
      gone: gone === null || gone === 'other-targets' ? [] : gone,
      disappeared: base === null || gone === null ? null : disappearedSince(base, gone),
      outcomes: outcomesOf(targets, new Set(earlier?.outcome?.failed.map(({ label }) => label))),
    },
  };
}

/** Null if the earlier run's list is no longer there. */
async function compare(
  store: ObjectStore,
  own: { readonly targets: readonly TargetLine[]; readonly set: TestSet },
  base: Run,
): Promise<readonly string[] | 'other-targets' | null> {
  const known = base.outcome?.testSet;
  if (known === undefined) return null;
  if (known.asked !== own.set.asked) return 'other-targets';
  if (known.labels === own.set.labels) return [];
  const before = await readTargets({ store, runId: base.id, attempt: base.attempt });
  if (before === null) return null;
  return goneFrom(testLabels(before), new Set(own.targets.map(({ label }) => label)));
}
