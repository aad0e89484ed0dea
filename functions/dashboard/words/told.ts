import type { CommitReport } from '../../../shared/run/commit-report.ts';
import type { News } from '../../../shared/run/news.ts';
import { exact } from './text.ts';

/** What came of telling its author what a run has made of the default branch; null where nothing was to be told. */
export function newsWords(news: News | null): string | null {
  if (news === null) return null;
  const { kind, toldAt, nextAt, problem } = news;
  const what = kind === 'broken' ? 'that the branch broke' : 'that the branch is green again';
  if (toldAt !== null) return `${what}, at ${exact(toldAt)}`;
  if (nextAt === null) return problem === null ? null : `not ${what}: ${problem}`;
  return `not yet ${what}${problem === null ? '' : `: ${problem}`}; tried again at ${exact(nextAt)}`;
}

/** What is to be said of telling the code host about a run; null where all is well. */
export function toldWords(runId: string, report: CommitReport | null): string | null {
  if (report === null) return null;
  if (report.speaker.runId !== runId) return 'a newer run of this commit speaks for it';
  const { left, trouble, nextAt } = report;
  if (trouble === null) return null;
  if (left) return `given up: ${trouble.words}`;
  return nextAt === null ? trouble.words : `${trouble.words}; tried again at ${exact(nextAt)}`;
}
