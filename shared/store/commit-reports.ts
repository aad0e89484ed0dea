import { CommitReport } from '../run/commit-report.ts';
import type { Documents, Write } from '../outside/documents.ts';
import { askCount } from './queries.ts';
import { type Stored, storedOrNull, writeOf } from './record.ts';
import { repositoryPath } from './repositories.ts';

/** Under the context of the tests, if none is named. */
type Of = Pick<CommitReport, 'repoId' | 'sha'> & { readonly context?: CommitReport['context'] };

/** Where the one record of what GitHub should show of a commit under a context stands. */
export function commitReportPath({ repoId, sha, context = 'yb' }: Of): string {
  return `${repositoryPath(repoId)}/commits/${sha}${context === 'yb' ? '' : '-approval'}`;
}

export async function readCommitReport(documents: Documents, commit: Of): Promise<Stored<CommitReport> | null> {
  const [snapshot] = await documents.get([commitReportPath(commit)]);
  return storedOrNull(CommitReport, snapshot);
}

const countedMilliseconds = 3_600_000;

/** Of how many commits GitHub was told last in the last hour with a credential, up to a number. */
export async function countToldWith(
  documents: Documents,
  credential: string,
  now: Date,
  most: number,
): Promise<number> {
  const after = new Date(now.getTime() - countedMilliseconds);
  return await askCount(documents, 'toldWith', { equal: { credential }, after, limit: most });
}

/** The write that makes the record `next`, as it was read or not there; null if nothing is different. */
export function reportWrite(before: Stored<CommitReport> | null, next: CommitReport): Write | null {
  return writeOf(CommitReport, commitReportPath(next), before, next);
}
