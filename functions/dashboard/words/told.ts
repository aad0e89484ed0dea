import type { CommitReport } from '../../../shared/run/commit-report.ts';
import { exact } from './text.ts';

/** What is to be said of telling the code host about a run; null where all is well. */
export function toldWords(runId: string, report: CommitReport | null): string | null {
  if (report === null) return null;
  if (report.speaker.runId !== runId) return 'a newer run of this commit speaks for it';
  const { left, trouble, nextAt } = report;
  if (trouble === null) return null;
  if (left) return `given up: ${trouble.words}`;
  return nextAt === null ? trouble.words : `${trouble.words}; tried again at ${exact(nextAt)}`;
}
