import { describe, expect, it } from 'vitest';
import { CommitReport, spoken } from '../../shared/run/commit-report.ts';
import { crowdedCommits, toldWith } from '../../shared/run/room.ts';
import { statusOf } from '../../shared/run/status.ts';
import { commitReportPath } from '../../shared/store/commit-reports.ts';
import { creationOf } from '../../shared/store/record.ts';
import { repositoryPath } from '../../shared/store/repositories.ts';
import { changeDocument } from '../support/change-document.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { useFirestore } from '../support/firestore.ts';
import { noon, samplePull, sampleRun, sampleSha } from '../support/sample-run.ts';

const firestore = useFirestore();
const hour = 3_600_000;

/** A repository whose credential has told GitHub of so many commits within the last hour. */
async function setUp(credential: string, count: number) {
  const plane = createControlPlane({ documents: firestore.fresh().documents });
  await plane.register('42', 2);
  await plane.documents.commit(
    Array.from({ length: count }, (_, number) => {
      const run = sampleRun({ repoId: '7', sha: sampleSha(1000 + number) });
      const record = spoken(null, run, statusOf(run, 'https://ci.example.com'), noon);
      if (record === null) throw new Error('the first run speaks');
      const told = toldWith(record, credential, new Date(plane.clock.now().getTime() - number * 1000));
      return creationOf(CommitReport, commitReportPath(told), told);
    }),
  );
  return plane;
}

describe('statuses of a credential that has told GitHub of very many commits', () => {
  it('are last words alone, until it has told of fewer', async () => {
    const here = await setUp('token of 42', crowdedCommits);
    await here.push(1);
    expect(here.states(1)).toEqual([]);
    expect(await here.report(1)).toMatchObject({ left: true, trouble: { code: 'github-rate-limited' } });
    await here.pass(1);
    expect(here.states(1)).toEqual(['success']);
    expect(await here.report(1)).toMatchObject({ credential: 'token of 42', trouble: null });
    here.clock.advance(hour);
    await here.push(2);
    expect(here.states(2)).toEqual(['pending']);
  });

  it.each([
    ['another credential', 'token of 7', crowdedCommits],
    ['fewer commits', 'token of 42', crowdedCommits - 1],
  ])('are all told where it was %s', async (_, credential, count) => {
    const here = await setUp(credential, count);
    await here.push(1);
    expect(here.states(1)).toEqual(['pending']);
  });

  it('are those of an owner together, where the App tells', async () => {
    const here = await setUp('app of 7', crowdedCommits);
    await changeDocument(here.documents, repositoryPath('42'), {
      credential: { kind: 'app', addedAt: noon, addedBy: 'mira' },
    });
    here.github.installations.add('42');
    await here.push(1);
    expect(here.states(1)).toEqual([]);
  });

  it('still ask somebody to allow a commit of a fork', async () => {
    const here = await setUp('token of 42', crowdedCommits);
    here.github.pulls.set(7, [sampleSha(3)]);
    await here.handle(samplePull(7, { sha: sampleSha(3) }));
    await here.drain();
    expect(here.states(3)).toEqual(['pending']);
  });
});
