import { CommitReport } from '../run/commit-report.ts';
import type { Documents, Write } from '../outside/documents.ts';
import { type Stored, storedOrNull, writeOf } from './record.ts';
import { repositoryPath } from './repositories.ts';

/** Where the one record of what GitHub should show of a commit stands. */
export function commitReportPath({ repoId, sha }: Pick<CommitReport, 'repoId' | 'sha'>): string {
  return `${repositoryPath(repoId)}/commits/${sha}`;
}

export async function readCommitReport(
  documents: Documents,
  commit: Pick<CommitReport, 'repoId' | 'sha'>,
): Promise<Stored<CommitReport> | null> {
  const [snapshot] = await documents.get([commitReportPath(commit)]);
  return storedOrNull(CommitReport, snapshot);
}

/** The write that makes the record `next`, as it was read or not there; null if nothing is different. */
export function reportWrite(before: Stored<CommitReport> | null, next: CommitReport): Write | null {
  return writeOf(CommitReport, commitReportPath(next), before, next);
}
