import type { Clock } from '../../../shared/outside/clock.ts';
import type { PersonsRepository } from '../../../shared/outside/github.ts';
import type { Run } from '../../../shared/run/run.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import { storedOrNull } from '../../../shared/store/record.ts';
import { Repository, repositoryPath } from '../../../shared/store/repositories.ts';
import { latestRuns } from '../../../shared/store/runs.ts';
import type { Access } from '../access/access.ts';
import type { Caller } from '../access/identity.ts';
import { inBatches } from './batches.ts';

/** One repository on the first page: its default branch's newest run. */
export interface HomeEntry {
  readonly repository: PersonsRepository;
  readonly last: Run | null;
}

export interface HomeModel {
  readonly entries: readonly HomeEntry[];
  /** A repository that could be set up, for the first words to a newcomer. */
  readonly candidate: string | null;
  readonly now: Date;
}

const maxEntries = 30;

/** The caller's repositories that are registered, in the order in which they were last pushed to. */
export async function readHomeModel(
  options: { readonly documents: Documents; readonly access: Access; readonly clock: Clock },
  caller: Caller,
): Promise<HomeModel> {
  const { documents, access, clock } = options;
  const seen = await access.all(caller);
  const stored = await documents.get(seen.map(({ id }) => repositoryPath(id)));
  const registered = seen.filter((_, index) => storedOrNull(Repository, stored[index])?.value.stopped === null);
  const entries = await inBatches(registered.slice(0, maxEntries), async (repository) => {
    const ref = `refs/heads/${repository.defaultBranch}`;
    const [last] = await latestRuns(documents, { repoId: repository.id, ref, limit: 1 });
    return { repository, last: last?.value ?? null };
  });
  return {
    entries,
    candidate: seen.find(({ permissions }) => permissions.admin)?.fullName ?? null,
    now: clock.now(),
  };
}
