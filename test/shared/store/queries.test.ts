import { describe, expect, it } from 'vitest';
import { YbError } from '../../../shared/errors.ts';
import { ask, indexOf, queries } from '../../../shared/store/queries.ts';
import { createMemoryDocuments } from '../../world/documents.ts';

const named = (name: keyof typeof queries): string | null => {
  const index = indexOf(queries[name]);
  if (index === null) return null;
  const fields = index.fields.map(({ field, direction }) => `${field} ${direction}`);
  return `${index.kind} ${index.collection}: ${fields.join(', ')}`;
};

const needed: Readonly<Record<keyof typeof queries, string | null>> = {
  queuedRuns: 'composite runs: repoId asc, state asc, pushedAt asc',
  runs: 'composite runs: repoId asc, createdAt desc',
  runsOfRef: 'composite runs: repoId asc, ref asc, createdAt desc',
  runsInState: 'composite runs: repoId asc, state asc, createdAt desc',
  runsOfRefInState: 'composite runs: repoId asc, ref asc, state asc, createdAt desc',
  runsWithVerdict: 'composite runs: repoId asc, outcome.verdict asc, createdAt desc',
  runsByAuthor: 'composite runs: repoId asc, commit.author asc, createdAt desc',
  runsOfRefWithVerdict: 'composite runs: repoId asc, ref asc, outcome.verdict asc, createdAt desc',
  runsOfRefByAuthor: 'composite runs: repoId asc, ref asc, commit.author asc, createdAt desc',
  runsWithVerdictByAuthor: 'composite runs: repoId asc, outcome.verdict asc, commit.author asc, createdAt desc',
  runsOfRefWithVerdictByAuthor:
    'composite runs: repoId asc, ref asc, outcome.verdict asc, commit.author asc, createdAt desc',
  dueRuns: null,
  openRunsOf: 'composite runs: repoId asc, nextLookAt asc',
  runOfJob: null,
  nextOfCustomer: 'composite runs: customer asc, waitsFor asc, pushedAt asc',
  nextOfAll: 'composite runs: waitsFor asc, share.start asc',
  freeSlots: 'composite slots: free asc, index asc',
  lastSlot: null,
  servedLast: null,
  dueHookChecks: null,
  volumes: null,
  idleVolumes: 'group-field volumes: idleAt asc',
  dueVolumes: 'group-field volumes: cleaning.dueAt asc',
  volumeOfHolder: 'group-field volumes: holder.jobUid asc',
  volumeOfCleaning: 'group-field volumes: cleaning.job.uid asc',
  secrets: null,
  sessionsOf: null,
  tokensOf: null,
  audit: null,
  repositoriesNamed: null,
  waitingOfCustomer: null,
  runsOfCustomer: 'composite runs: customer asc, createdAt asc',
  toldWith: 'composite commits: credential asc, toldAt asc',
};

describe('the queries of the database', () => {
  it.each(Object.entries(needed))(
    'need an index where they compare and sort by more than one field: %s',
    (name, index) => {
      expect(named(name as keyof typeof queries)).toBe(index);
    },
  );

  it('say which index is missing', async () => {
    const query = async () => await Promise.reject(new YbError('missing-index', 'the database has no index'));
    const documents = { ...createMemoryDocuments(), query };

    await expect(ask(documents, 'openRunsOf', { equal: { repoId: '42' }, limit: 1 })).rejects.toMatchObject({
      code: 'missing-index',
      retryable: true,
      message: 'the query openRunsOf needs an index (composite) of runs: repoId asc, nextLookAt asc',
    });
  });

  it('find in one collection, by all fields that they compare', async () => {
    const documents = createMemoryDocuments();
    const at = new Date(1);
    const put = (path: string, fields: object) => ({ type: 'create' as const, path, fields: { ...fields } });
    await documents.commit([
      put('runs/a', { repoId: '1', state: 'queued', pushedAt: at }),
      put('runs/b', { repoId: '1', state: 'finished', pushedAt: at }),
      put('runs/c', { repoId: '2', state: 'queued', pushedAt: at }),
      put('repos/1/volumes/0', {}),
      put('repos/2/volumes/0', {}),
    ]);

    const queued = await ask(documents, 'queuedRuns', { equal: { repoId: '1', state: 'queued' }, limit: 9 });
    const volumes = await ask(documents, 'volumes', { in: 'repos/2', equal: {}, limit: 9 });

    expect(queued.map(({ path }) => path)).toEqual(['runs/a']);
    expect(volumes.map(({ path }) => path)).toEqual(['repos/2/volumes/0']);
  });
});
