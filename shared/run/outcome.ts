import type { RunOutcome } from './run.ts';

/** How a run ends for which no Job could be made: nothing was built, and who runs the installation or the repository can mend it. */
export function outcomeWithoutJob(why: { readonly code: string; readonly reason: string }): RunOutcome {
  return {
    verdict: 'infrastructure',
    ...why,
    fault: 'settings',
    counts: null,
    failed: [],
    toolchain: null,
    exitCode: null,
  };
}
