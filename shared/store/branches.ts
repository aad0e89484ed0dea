import { createHash } from 'node:crypto';
import { BranchHealth } from '../branch/health.ts';
import type { Documents, Write } from '../outside/documents.ts';
import { type Stored, storedOrNull, writeOf } from './record.ts';
import { repositoryPath } from './repositories.ts';

/** Where it stands whether a branch is green: a ref may hold what a document's name may not. */
function branchPath({ repoId, ref }: Pick<BranchHealth, 'repoId' | 'ref'>): string {
  return `${repositoryPath(repoId)}/branches/${createHash('sha256').update(ref).digest('hex').slice(0, 32)}`;
}

/** Null where no run has said anything of the branch. */
export async function readBranchHealth(
  documents: Documents,
  branch: Pick<BranchHealth, 'repoId' | 'ref'>,
): Promise<Stored<BranchHealth> | null> {
  const [snapshot] = await documents.get([branchPath(branch)]);
  return storedOrNull(BranchHealth, snapshot);
}

/** The write that makes the record `next`, as it was read or not there; null if nothing is different. */
export function branchHealthWrite(before: Stored<BranchHealth> | null, next: BranchHealth): Write | null {
  return writeOf(BranchHealth, branchPath(next), before, next);
}
