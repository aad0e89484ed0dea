import { type RunResult, resultLimits } from '../attempt/result.ts';
import { isFailed } from './counts.ts';
import type { EventSnapshot } from './events.ts';
import { isBroken } from './failures.ts';

/** The part of an attempt's result that Bazel's events tell. */
export function summarize(
  snapshot: EventSnapshot,
): Pick<RunResult, 'events' | 'counts' | 'failed' | 'cause' | 'toolchain'> {
  return {
    events: { complete: snapshot.complete, exitCode: snapshot.exitCode },
    counts: snapshot.counts,
    failed: failedTargets(snapshot).slice(0, resultLimits.failedLabels),
    cause: snapshot.failures[0] ?? null,
    toolchain: snapshot.toolchain,
  };
}

/** Targets, and what did not even become one: a pattern or a label that does not load. */
function failedTargets({ targets, failures }: EventSnapshot): RunResult['failed'] {
  const known = new Set(targets.map(({ label }) => label));
  const unknown = failures.filter(isBroken).flatMap(({ label }) => (label === null || known.has(label) ? [] : label));
  return [
    ...targets.filter(({ status }) => isFailed(status)).map(({ label, status }) => ({ label, status })),
    ...[...new Set(unknown)].map((label) => ({ label, status: 'FAILED_TO_BUILD' as const })),
  ];
}
