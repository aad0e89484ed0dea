import type { Documents } from '../../../shared/outside/documents.ts';
import type { Run } from '../../../shared/run/run.ts';
import { latestRuns } from '../../../shared/store/runs.ts';

export interface ListRequest {
  readonly repoId: string;
  /** Short; all if left out. */
  readonly branch?: string | undefined;
  readonly before?: Date | undefined;
  readonly limit: number;
}

/** Some runs of a repository, newest first, and where the list goes on for older ones: what to ask as `before`. Null where it does not. */
export async function readRunList(
  documents: Documents,
  { repoId, branch, before, limit }: ListRequest,
): Promise<{ readonly runs: readonly Run[]; readonly next: string | null }> {
  const found = await latestRuns(documents, {
    repoId,
    limit: limit + 1,
    ...(branch === undefined ? {} : { ref: `refs/heads/${branch}` }),
    ...(before === undefined ? {} : { before }),
  });
  const runs = found.slice(0, limit).map(({ value }) => value);
  return { runs, next: found.length > limit ? (runs.at(-1)?.createdAt.toISOString() ?? null) : null };
}
