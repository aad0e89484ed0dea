import type { Run } from '../../../shared/run/run.ts';
import type { TargetOutline } from '../results.ts';
import type { RunView, TargetView } from './schemas.ts';

export function runUrl(dashboardUrl: string, runId: string): string {
  return `${dashboardUrl}/runs/${runId}`;
}

/** A run as the API tells it: these fields and no others, in this order. */
export function runView(run: Run, dashboardUrl: string): RunView {
  return {
    id: run.id,
    state: run.state,
    verdict: run.outcome?.verdict ?? null,
    reason: run.outcome?.reason ?? null,
    ref: run.ref,
    sha: run.sha,
    attempt: run.attempt,
    waitReason: run.waitReason,
    createdAt: run.createdAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
    url: runUrl(dashboardUrl, run.id),
  };
}

export function targetView({ label, status, attempts, cached, durationMs }: TargetOutline): TargetView {
  return { label, status, attempts, cached, durationMs };
}
