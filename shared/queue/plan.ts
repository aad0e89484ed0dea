import { type Run, shortRef, shortSha } from '../run/run.ts';
import { chooseVolume } from '../volume/choice.ts';
import type { Volume } from '../volume/volume.ts';

export interface Placement {
  readonly run: Run;
  readonly volume: Volume;
}

export interface Plan {
  readonly placements: readonly Placement[];
  /** Runs that go on waiting, each with a reason for people. */
  readonly waiting: readonly { readonly run: Run; readonly reason: string }[];
}

/** Runs of one repository in the order in which they start: as they were pushed, then as they arrived. */
export function inOrder(runs: readonly Run[]): Run[] {
  return [...runs].sort(
    (left, right) =>
      left.pushedAt.getTime() - right.pushedAt.getTime() ||
      left.createdAt.getTime() - right.createdAt.getTime() ||
      (left.id < right.id ? -1 : 1),
  );
}

/** Which waiting runs of one repository start now and on which volume, and why the others do not. Pure. */
export function planRepository(options: {
  readonly queued: readonly Run[];
  /** Runs that hold a volume, for the reason. */
  readonly working: readonly Run[];
  readonly volumes: readonly Volume[];
  readonly defaultRef: string;
}): Plan {
  const placements: Placement[] = [];
  const waiting: { run: Run; reason: string }[] = [];
  let free = [...options.volumes];
  for (const run of inOrder(options.queued)) {
    const volume = run.cancel === null ? chooseVolume(free, { run, defaultRef: options.defaultRef }) : null;
    if (volume === null) {
      const ahead = waiting.length;
      waiting.push({
        run,
        reason: waitReason({ run, working: options.working, volumes: options.volumes, placements, ahead }),
      });
      continue;
    }
    free = free.filter(({ index }) => index !== volume.index);
    placements.push({ run, volume });
  }
  return { placements, waiting };
}

function waitReason(options: {
  readonly run: Run;
  readonly working: readonly Run[];
  readonly volumes: readonly Volume[];
  readonly placements: readonly Placement[];
  readonly ahead: number;
}): string {
  const own = options.volumes.filter(({ trust }) => trust === options.run.trust);
  if (own.length === 0) return 'this repository has no volume for such runs';
  const busy = [...options.working, ...options.placements.map(({ run }) => run)].map(
    (run) => `${shortRef(run.ref)}@${shortSha(run.sha)}`,
  );
  const aside = own.filter(({ state }) => state === 'quarantined' || state === 'retiring').length;
  const parts = [
    own.length === 1 ? 'the volume is busy' : `all ${own.length} volumes are busy`,
    ...(busy.length > 0 ? [`with ${busy.slice(0, 2).join(', ')}`] : []),
    ...(aside > 0 ? [`(${aside} put aside)`] : []),
  ];
  return `${parts.join(' ')}${options.ahead > 0 ? `, ${options.ahead} ahead of it` : ''}`;
}
