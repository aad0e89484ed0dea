import * as z from 'zod';
import { inAge } from '../run/commit-report.ts';
import type { Run } from '../run/run.ts';
import { isMergeQueue } from '../run/skip.ts';

/** Of which branches a newer push ends older runs. */
export const SupersedeRule = z.enum(['side-branches', 'all', 'never']);
export type SupersedeRule = z.output<typeof SupersedeRule>;

/** If its owner says nothing: what is merged is worth knowing commit by commit. */
export const usualRule: SupersedeRule = 'side-branches';

/**
 * What a run and the others of its branch do to each other: the `older` ones that it ends, and the run `by` which it is ended itself,
 * if its push came late. Only a push ends others, and only one for which GitHub has vouched. Pure.
 */
export function superseding(
  run: Run,
  others: readonly Run[],
  about: { readonly defaultRef: string; readonly rule: SupersedeRule },
): { readonly older: readonly Run[]; readonly by: Run | null } {
  const isKept =
    about.rule === 'never' || isMergeQueue(run.ref) || (run.ref === about.defaultRef && about.rule !== 'all');
  if (isKept) return { older: [], by: null };
  const rest = others.filter(({ id, ref }) => id !== run.id && ref === run.ref);
  const by = rest
    .filter((other) => isPush(other) && inAge(other, run) > 0)
    .reduce<Run | null>((newest, other) => (newest === null || inAge(other, newest) > 0 ? other : newest), null);
  const older = isPush(run)
    ? rest.filter((other) => other.state !== 'finished' && other.cancel === null && inAge(other, run) < 0)
    : [];
  return { older, by };
}

/** One that was not to be tested says nothing of those before it. */
function isPush({ trigger, vouched, outcome }: Run): boolean {
  const brought = trigger.source === 'push' || trigger.source === 'pull-request';
  return brought && vouched && outcome?.verdict !== 'skipped';
}
