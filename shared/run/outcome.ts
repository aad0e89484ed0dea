import { type Run, type RunOutcome, shortSha } from './run.ts';
import { approvalDays } from './approval.ts';
import { changed } from './transitions.ts';

/**
 * How a run ends for which no Job was made: nothing was built. Where nothing else is said none could be made, and who runs the
 * installation or the repository can mend it.
 */
export function outcomeWithoutJob(
  why: Pick<RunOutcome, 'code' | 'reason'> & Partial<Pick<RunOutcome, 'verdict' | 'fault'>>,
): RunOutcome {
  return {
    verdict: 'infrastructure',
    fault: 'settings',
    ...why,
    counts: null,
    failed: [],
    toolchain: null,
    exitCode: null,
  };
}

/** A fork's run that nobody let start for too long. Pure. */
export function notApproved(run: Run, at: Date): Run {
  const reason = `Nobody allowed it within ${approvalDays} days`;
  const outcome = outcomeWithoutJob({ verdict: 'cancelled', code: 'not-approved', reason, fault: 'nobody' });
  return changed(run, { type: 'finished', at, log: null, phases: {}, outcome });
}

/** A run whose end was asked for while it waited, or before it was there. Pure. */
export function endedInQueue(run: Run, at: Date): Run {
  const newer = run.cancel?.newer ?? null;
  const by = run.cancel === null ? '' : ` by ${run.cancel.by}`;
  const why =
    newer === null
      ? ({ verdict: 'cancelled', code: 'cancelled', reason: `cancelled${by} before it started` } as const)
      : ({ verdict: 'superseded', code: 'superseded', reason: `Superseded by ${shortSha(newer.sha)}` } as const);
  const outcome = outcomeWithoutJob({ ...why, fault: 'nobody' });
  return changed(run, { type: 'finished', at, log: null, phases: {}, outcome });
}
