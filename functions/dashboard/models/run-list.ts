import type { Documents } from '../../../shared/outside/documents.ts';
import { refNamed, type Run } from '../../../shared/run/run.ts';
import { latestRuns, type RunFilter } from '../../../shared/store/runs.ts';

/** What the runs of a list have in common; all of the repository, if nothing. */
export interface ListFilter extends Omit<RunFilter, 'ref'> {
  /** Short. */
  readonly branch?: string | undefined;
}

export interface ListRequest extends ListFilter {
  readonly repoId: string;
  readonly before?: Date | undefined;
  readonly limit: number;
}

/**
 * Some runs of a repository, newest first, and where the list goes on for older ones: what to ask as `before`. Null where it does not.
 * Runs that came into being at one moment stay together, so that none is passed over: a page may be shorter for that, or longer where
 * there are more of them than a page has.
 */
export async function readRunList(
  documents: Documents,
  { branch, before, limit, ...of }: ListRequest,
): Promise<{ readonly runs: readonly Run[]; readonly next: string | null }> {
  const asked = {
    ...of,
    ...(branch === undefined ? {} : { ref: refNamed(branch) }),
    ...(before === undefined ? {} : { before }),
  };
  for (let most = limit; ; most *= 2) {
    const found = (await latestRuns(documents, { ...asked, limit: most + 1 })).map(({ value }) => value);
    const beyond = found[most];
    if (beyond === undefined) return { runs: found, next: null };
    const runs = found.filter(({ createdAt }) => createdAt > beyond.createdAt);
    const last = runs.at(-1);
    if (last !== undefined) return { runs, next: last.createdAt.toISOString() };
  }
}
