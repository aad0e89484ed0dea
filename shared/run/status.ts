import { runLink } from '../links.ts';
import { type Run, type StatusReport, type VerdictName, shortSha } from './run.ts';

/** Under which name GitHub shows what this system says of a commit. */
export const statusContext = 'yb';

/** GitHub's commit status (https://docs.github.com/rest/commits/statuses): what shall be shown of a run. */
export interface CommitStatus {
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  /** At most 140 characters: GitHub refuses more. */
  readonly description: string;
  readonly targetUrl: string;
  readonly context: typeof statusContext;
}

/** How far a report tells the story; a later one never gives way to an earlier one. */
export type StatusRank = StatusReport['reported'];

const ranks: readonly StatusRank[] = ['none', 'waiting', 'working', 'final'];

export function isLater(rank: StatusRank, than: StatusRank): boolean {
  return ranks.indexOf(rank) > ranks.indexOf(than);
}

const stateOf: Record<VerdictName, 'success' | 'failure' | 'error'> = {
  passed: 'success',
  'no-tests': 'success',
  failed: 'failure',
  broken: 'failure',
  'timed-out': 'failure',
  cancelled: 'error',
  superseded: 'error',
  infrastructure: 'error',
};

/** The status that GitHub should show of a run as it is, and its rank. */
export function statusOf(
  run: Run,
  dashboardUrl: string,
): { readonly rank: Exclude<StatusRank, 'none'>; readonly status: CommitStatus } {
  const base = { targetUrl: `${dashboardUrl}${runLink(run.id)}`, context: statusContext } as const;
  const { outcome } = run;
  if (run.state === 'finished' && outcome !== null) {
    // Tests that disappeared are a failure; a branch that never had any is not: the verdict's code tells them apart.
    const state =
      outcome.verdict === 'no-tests' && outcome.code === 'tests-disappeared' ? 'failure' : stateOf[outcome.verdict];
    return { rank: 'final', status: { ...base, state, description: fit(outcome.reason) } };
  }
  if (run.state === 'queued') {
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

export type StatusStep =
  /** GitHub shows what it should, or never will. */
  | { readonly type: 'settled' }
  /** Not now. */
  | { readonly type: 'wait'; readonly until: Date }
  | { readonly type: 'send'; readonly readBack: boolean };

/** What the reporter does next about a run's status. Pure: the record and the time say everything. */
export function nextStatusStep(report: StatusReport, wanted: StatusRank, now: Date): StatusStep {
  if (report.givenUp !== null) return { type: 'settled' };
  if (report.sending !== null && report.sending.until > now) return { type: 'wait', until: report.sending.until };
  // Whoever was sending did not say how it ended: GitHub is asked what it shows before it is told again.
  const readBack = report.sending !== null;
  if (!readBack && !isLater(wanted, report.reported)) return { type: 'settled' };
  if (report.nextAt !== null && report.nextAt > now) return { type: 'wait', until: report.nextAt };
  return { type: 'send', readBack };
}

/** When to try again after the `tries`-th failure: 15 s, doubled each time, at most 10 min; or when GitHub said. */
export function nextStatusTry(options: {
  readonly tries: number;
  readonly now: Date;
  readonly retryAt: Date | undefined;
}): Date {
  const delay = Math.min(15_000 * 2 ** Math.min(options.tries, 10), 600_000);
  const ours = options.now.getTime() + delay;
  return new Date(Math.max(ours, options.retryAt?.getTime() ?? 0));
}
