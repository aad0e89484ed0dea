import { type RunResult, resultLimits } from '../run/result.ts';
import { isFailed } from './counts.ts';
import type { EventSnapshot } from './events.ts';

/** The part of an attempt's result that Bazel's events tell. */
export function summarize(snapshot: EventSnapshot): Pick<RunResult, 'events' | 'counts' | 'failed' | 'toolchain'> {
  return {
    events: { complete: snapshot.complete, exitCode: snapshot.exitCode },
    counts: snapshot.counts,
    failed: snapshot.targets
      .filter(({ status }) => isFailed(status))
      .slice(0, resultLimits.failedLabels)
      .map(({ label, status }) => ({ label, status })),
    toolchain: snapshot.toolchain,
  };
}
