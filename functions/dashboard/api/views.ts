import { runLink, testLogLink, testLogNumber } from '../../../shared/links.ts';
import { flakeRate } from '../../../shared/history/flakiness.ts';
import { type Run, tookMilliseconds } from '../../../shared/run/run.ts';
import type { TargetOutline } from '../models/results.ts';
import type { Volume } from '../../../shared/volume/volume.ts';
import type { TargetModel, TargetSummary } from '../models/targets.ts';
import type { HookHealth } from '../../../shared/repository/hook-health.ts';
import type { HookView, RunDetails, RunView, TargetView, VolumeView } from '../../../shared/api/schemas.ts';
import type { TargetHistoryView, TargetSummaryView } from '../../../shared/api/target-schemas.ts';

export function runUrl(dashboardUrl: string, runId: string): string {
  return `${dashboardUrl}${runLink(runId)}`;
}

/** A run as the API tells it: these fields and no others, in this order. */
export function runView(run: Run, dashboardUrl: string): RunView {
  return {
    id: run.id,
    state: run.state,
    verdict: run.outcome?.verdict ?? null,
    reason: run.outcome?.reason ?? null,
    code: run.outcome?.code ?? null,
    ref: run.ref,
    sha: run.sha,
    trigger: run.trigger,
    cache: !run.uncached,
    approval: run.approval === null ? null : { by: run.approval.by, at: run.approval.at.toISOString() },
    attempt: run.attempt,
    waitReason: run.waitReason,
    commit: run.commit === null ? null : { subject: run.commit.subject, author: run.commit.author },
    counts: run.outcome?.counts ?? null,
    createdAt: run.createdAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
    durationMs: tookMilliseconds(run),
    url: runUrl(dashboardUrl, run.id),
  };
}

export function hookView(url: string, health: HookHealth): HookView {
  const { lastFailure } = health;
  return {
    url,
    secretAt: health.secretAt?.toISOString() ?? null,
    lastPingAt: health.lastPingAt?.toISOString() ?? null,
    lastDeliveryAt: health.lastDeliveryAt?.toISOString() ?? null,
    lastFailure: lastFailure === null ? null : { ...lastFailure, at: lastFailure.at.toISOString() },
    checkedAt: health.checkedAt?.toISOString() ?? null,
    redelivered: health.redelivered,
    nextCheckAt: health.nextCheckAt?.toISOString() ?? null,
    problem: health.problem,
  };
}

export function targetSummaryView({ label, flakiness, typical, onDefaultBranch }: TargetSummary): TargetSummaryView {
  const { flaky, of, kind, since } = flakiness;
  return {
    label,
    flaky,
    of,
    flakeRate: flakeRate(flakiness),
    flakiness: kind,
    flakySince: since?.id ?? null,
    typicalDurationMs: typical,
    onDefaultBranch,
  };
}

export function targetHistoryView(model: TargetModel, dashboardUrl: string): TargetHistoryView {
  return {
    ...targetSummaryView(model),
    results: model.results.map(({ run, status, attempts, durationMs }) => ({
      run: run.id,
      url: runUrl(dashboardUrl, run.id),
      at: run.at.toISOString(),
      onDefaultBranch: run.onDefaultBranch,
      status,
      attempts,
      durationMs,
    })),
    failures: model.samples.map(({ result, excerpt }) => ({
      run: result.run.id,
      url: runUrl(dashboardUrl, result.run.id),
      status: result.status,
      cases: excerpt.cases.map(({ name, message }) => ({ name, message })),
      lines: excerpt.lines === null ? null : [...excerpt.lines],
    })),
  };
}

export function phasesView(phases: Run['phases']): RunDetails['phases'] {
  return Object.fromEntries(
    Object.entries(phases).map(([name, { startedAt, finishedAt }]) => [
      name,
      { startedAt: startedAt.toISOString(), finishedAt: finishedAt?.toISOString() ?? null },
    ]),
  );
}

export function pastAttemptView(past: Run['pastAttempts'][number]): RunDetails['pastAttempts'][number] {
  const { attempt, verdict, code, reason, finishedAt } = past;
  return { attempt, verdict, code, reason, finishedAt: finishedAt.toISOString() };
}

/** Targets of a run's attempt. */
export function targetViews(
  targets: readonly TargetOutline[],
  of: { readonly run: Pick<Run, 'id' | 'attempt'>; readonly dashboardUrl: string },
): TargetView[] {
  return targets.map(({ label, status, attempts, cached, durationMs, log }) => {
    const number = testLogNumber(log);
    const path = number === null ? null : `/api/v1${testLogLink(of.run.id, of.run.attempt, number)}`;
    return { label, status, attempts, cached, durationMs, log: path === null ? null : `${of.dashboardUrl}${path}` };
  });
}

export function volumeView({ index, state, epoch, trust, holder, warm, failures, cleaning }: Volume): VolumeView {
  return {
    index,
    state,
    epoch,
    trust,
    run: holder?.runId ?? null,
    warm: warm === null ? null : { sha: warm.sha, ref: warm.ref, finishedAt: warm.finishedAt.toISOString() },
    failures,
    aside:
      cleaning === null
        ? null
        : {
            reason: cleaning.reason,
            problem: cleaning.problem,
            tries: cleaning.tries,
            nextAt: cleaning.dueAt.toISOString(),
          },
  };
}
