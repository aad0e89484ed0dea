import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { readRunList } from '../../../functions/dashboard/models/run-list.ts';
import { createRun } from '../../../shared/store/runs.ts';
import { noon, sampleRun, sampleRunId } from '../../support/sample-run.ts';
import { finishedRun, outcome } from './made-runs.ts';
import { createMemoryDocuments } from '../../world/documents.ts';

it('a list of runs has each of them once, page by page, whenever they came into being', async () => {
  const moments = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(moments, fc.integer({ min: 1, max: 8 }), async (created, limit) => {
      const documents = createMemoryDocuments();
      const runs = created.map((moment, index) =>
        sampleRun({ id: sampleRunId(index + 1), createdAt: new Date(noon.getTime() + moment) }),
      );
      for (const run of runs) await createRun(documents, run);
      const listed: { readonly id: string; readonly at: number }[] = [];
      let before: Date | undefined;
      for (let pages = 0; pages <= runs.length; pages += 1) {
        const page = await readRunList(documents, { repoId: '42', before, limit });
        listed.push(...page.runs.map(({ id, createdAt }) => ({ id, at: createdAt.getTime() })));
        if (page.next === null) break;
        expect(page.runs.length).toBeGreaterThan(0);
        before = new Date(page.next);
      }
      expect(listed.map(({ id }) => id).toSorted()).toEqual(runs.map(({ id }) => id).toSorted());
      const times = listed.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((left, right) => right - left));
    }),
  );
});

it('a list of runs is what its filter says of all of them, in every mixture', async () => {
  const one = fc.record({
    ref: fc.constantFrom('refs/heads/main', 'refs/heads/side'),
    verdict: fc.constantFrom('passed' as const, 'failed' as const, null),
    author: fc.constantFrom('mira', 'noor', null),
  });
  const filter = fc.record(
    {
      branch: fc.constantFrom('main', 'side'),
      verdict: fc.constantFrom('passed' as const, 'failed' as const),
      author: fc.constantFrom('mira', 'noor'),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(one, { maxLength: 12 }), filter, async (drawn, asked) => {
      const documents = createMemoryDocuments();
      const runs = drawn.map(({ ref, verdict, author }, index) => {
        const commit = author === null ? null : { subject: 'A change', author, committedAt: null };
        const shared = { ref, commit, createdAt: new Date(noon.getTime() + index) };
        return verdict === null
          ? sampleRun({ id: sampleRunId(index), ...shared })
          : finishedRun(index, { ...shared, outcome: outcome({ verdict }) });
      });
      for (const run of runs) await createRun(documents, run);
      const { branch, verdict, author } = asked;
      const like = runs.filter(
        (run) =>
          (branch === undefined || run.ref === `refs/heads/${branch}`) &&
          (verdict === undefined || run.outcome?.verdict === verdict) &&
          (author === undefined || run.commit?.author === author),
      );
      const { runs: found } = await readRunList(documents, { repoId: '42', ...asked, limit: 50 });
      expect(found.map(({ id }) => id)).toEqual(like.map(({ id }) => id).toReversed());
    }),
  );
});
