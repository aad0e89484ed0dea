import { runLink } from '../links.ts';
import type { Wanted } from './commit-report.ts';
import { isTrusted } from './trust.ts';
import { waits } from './transitions.ts';
import { type Run, type VerdictName, shortSha } from './run.ts';

/** Under which name GitHub shows what this system says of a commit: of its tests, and whether a fork's commit may run. */
export const statusContexts = ['yb', 'yb/approval'] as const;
export type StatusContext = (typeof statusContexts)[number];

/** GitHub's commit status (https://docs.github.com/rest/commits/statuses): what shall be shown of a run. */
export interface CommitStatus {
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  /** At most 140 characters: GitHub refuses more. */
  readonly description: string;
  readonly targetUrl: string;
  readonly context: StatusContext;
}

const stateOf: Record<VerdictName, 'success' | 'failure' | 'error'> = {
  passed: 'success',
  'no-tests': 'success',
  failed: 'failure',
  broken: 'failure',
  'timed-out': 'failure',
  cancelled: 'error',
  superseded: 'error',
  skipped: 'success',
  infrastructure: 'error',
};

/** What GitHub should show of a run as it is: of its tests, and of a fork's commit whether it may run. */
export function statusesOf(run: Run, dashboardUrl: string): readonly Wanted[] {
  if (isTrusted(run.trust)) return [statusOf(run, dashboardUrl)];
  const approval = approvalOf(run, dashboardUrl);
  return run.state === 'awaiting-approval' ? [approval] : [approval, statusOf(run, dashboardUrl)];
}

function approvalOf(run: Run, dashboardUrl: string): Wanted {
  const base = { targetUrl: `${dashboardUrl}${runLink(run.id)}`, context: 'yb/approval' } as const;
  if (run.approval !== null)
    return { rank: 'final', status: { ...base, state: 'success', description: fit(`Allowed by ${run.approval.by}`) } };
  if (run.outcome !== null)
    return { rank: 'final', status: { ...base, state: 'error', description: fit(run.outcome.reason) } };
  const description = `Somebody with write access may allow ${shortSha(run.sha)} to be tested`;
  return { rank: 'waiting', status: { ...base, state: 'pending', description } };
}

/** The status of a run's tests as it is, and its rank. */
export function statusOf(run: Run, dashboardUrl: string): Wanted {
  const base = { targetUrl: `${dashboardUrl}${runLink(run.id)}`, context: 'yb' } as const;
  const { outcome } = run;
  if (run.state === 'finished' && outcome !== null) {
    // Tests that disappeared are a failure; a branch that never had any is not: the verdict's code tells them apart.
    const state =
      outcome.verdict === 'no-tests' && outcome.code === 'tests-disappeared' ? 'failure' : stateOf[outcome.verdict];
    return { rank: 'final', status: { ...base, state, description: fit(outcome.reason) } };
  }
  if (waits(run)) {
    const why = run.waitReason ?? (run.pastAttempts.length > 0 ? 'will be tried again' : 'starts in a moment');
    return { rank: 'waiting', status: { ...base, state: 'pending', description: fit(`Queued: ${why}`) } };
  }
  const again = run.attempt > 1 ? ` (attempt ${run.attempt})` : '';
  return {
    rank: 'working',
    status: { ...base, state: 'pending', description: `Testing ${shortSha(run.sha)}${again}` },
  };
}

/** Cut to GitHub's 140 characters, counted as UTF-16 units, never inside of a character. */
export function fit(text: string): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  if (line.length <= 140) return line;
  let cut = '';
  for (const character of line) {
    if (cut.length + character.length > 139) break;
    cut += character;
  }
  return `${cut}…`;
}
