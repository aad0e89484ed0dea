import { colourOf, heard, inQuestion } from '../../shared/branch/health.ts';
import { flakinessOf } from '../../shared/history/flakiness.ts';
import type { Documents, Write } from '../../shared/outside/documents.ts';
import type { News } from '../../shared/run/news.ts';
import type { Run } from '../../shared/run/run.ts';
import { isTrusted } from '../../shared/run/trust.ts';
import { branchHealthWrite, readBranchHealth } from '../../shared/store/branches.ts';
import { readHistories } from '../../shared/store/history.ts';

/**
 * What a run that is over makes of the default branch: the writes that belong to its end, and what is to be told of it. Of every other
 * run, nothing.
 */
export async function branchAfter(
  documents: Documents,
  { run, defaultRef, at }: { readonly run: Run; readonly defaultRef: string | null; readonly at: Date },
): Promise<{ readonly writes: readonly Write[]; readonly news: News | null }> {
  const speaks = run.ref === defaultRef && run.vouched && isTrusted(run.trust) && colourOf(run) !== null;
  if (!speaks) return { writes: [], news: null };
  const before = await readBranchHealth(documents, run);
  const asked = inQuestion(before?.value ?? null, run);
  const histories = await readHistories(documents, run.repoId, asked);
  const flaky = new Set(asked.filter((label) => flakinessOf(histories.get(label) ?? []).kind !== 'none'));
  const after = heard(before?.value ?? null, run, flaky, at);
  if (after === null) return { writes: [], news: null };
  const write = branchHealthWrite(before, after.health);
  return { writes: write === null ? [] : [write], news: after.news };
}
