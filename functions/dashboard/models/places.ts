import { createMemory } from '../../../shared/memory.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import { type Place, placeInLine } from '../../../shared/queue/place.ts';
import type { Run } from '../../../shared/run/run.ts';
import { readRepository, volumeCount } from '../../../shared/store/repositories.ts';
import { queuedRuns } from '../../../shared/store/runs.ts';

/** Where runs stand that wait. */
export interface Places {
  /** Null of one that does not wait, or for which GitHub has not vouched. */
  of(run: Run): Promise<Place | null>;
}

/** Behind more than these, nobody counts. */
const mostQueued = 50;
/** However many people look at however many pages, a repository's line is read once in this time. */
const lifetimeMilliseconds = 10_000;

export function createPlaces(options: {
  readonly documents: Documents;
  readonly clock: Clock;
  /** How long such runs take, in milliseconds; null if nobody knows yet. */
  readonly usualDuration: (run: Run) => Promise<number | null>;
}): Places {
  const { documents, clock } = options;
  const lines = createMemory<{ readonly queued: readonly Run[]; readonly volumes: number }>({ clock, limit: 500 });
  const read = async (repoId: string) => {
    const [queued, repository] = await Promise.all([
      queuedRuns(documents, repoId, mostQueued),
      readRepository(documents, repoId),
    ]);
    const volumes = repository === null ? 0 : volumeCount(repository.value);
    return { queued: queued.map(({ value }) => value), volumes };
  };
  return {
    async of(run) {
      if (run.state !== 'queued' || !run.vouched) return null;
      const [line, usual] = await Promise.all([
        lines.of(
          run.repoId,
          async () => await read(run.repoId),
          () => lifetimeMilliseconds,
        ),
        options.usualDuration(run),
      ]);
      return placeInLine(run, { ...line, usual, whole: line.queued.length < mostQueued });
    },
  };
}
