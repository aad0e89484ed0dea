import { describe, expect, it } from 'vitest';
import { whatIsNew } from '../../functions/scheduler/follow.ts';
import { YbError } from '../../shared/errors.ts';
import type { RunRequested } from '../../shared/messages/messages.ts';
import {
  isShownToEverybody,
  readRepository,
  type Repository,
  repositoryPath,
} from '../../shared/store/repositories.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { sampleRequest, sampleRunId } from '../support/sample-run.ts';
import { createMemoryDocuments } from '../world/documents.ts';
import { changeDocument } from '../support/change-document.ts';

async function setUp(changes: Partial<Repository> = {}) {
  const repository = { id: '42', fullName: 'demo/hello', private: true, roles: {}, branches: ['main'] };
  const plane = createControlPlane({ documents: createMemoryDocuments(), repositories: [repository] });
  await plane.register('42', 1);
  const stored = async () => {
    const repository = await readRepository(plane.documents, '42');
    if (repository === null) throw new Error('it is registered');
    return repository.value;
  };
  await changeDocument(plane.documents, repositoryPath('42'), changes);
  const push = async (told: Partial<RunRequested>) => {
    await plane.handle(sampleRequest(told));
    await plane.drain();
  };
  return { ...plane, repository, push, stored };
}

describe('what a push says of its repository', () => {
  const same = { fullName: 'demo/hello', defaultBranch: 'main', private: false };
  const known = same;
  it.each([
    ['the same', same, null],
    ['nothing', { fullName: null, defaultBranch: null, private: null }, null],
    ['nothing, as before it said any', { defaultBranch: 'main' }, null],
    ['another name', { ...same, fullName: 'demo/greetings' }, 'changed'],
    ['another default branch', { ...same, defaultBranch: 'trunk' }, 'changed'],
    ['that it is private', { ...same, private: true }, 'is-private'],
    ['that it is private, and another name', { ...same, fullName: 'demo/x', private: true }, 'is-private'],
  ] as const)('is new or not: %s', (_, told, expected) => {
    expect(whatIsNew(told, known)).toBe(expected);
  });

  it('is new where it is public by now', () => {
    expect(whatIsNew(same, { ...known, private: true })).toBe('changed');
    expect(whatIsNew({ ...same, private: null }, { ...known, private: true })).toBeNull();
  });
});

describe('a repository', () => {
  it('is hidden by the first push that says it is private, whether GitHub answers or not', async () => {
    const here = await setUp({ private: false, settings: { shownTo: 'everybody' } });
    here.github.repositoryById = async () => await Promise.reject(new YbError('github-unavailable', 'no answer'));
    expect(isShownToEverybody(await here.stored())).toBe(true);
    await here.push({ private: true });
    expect(isShownToEverybody(await here.stored())).toBe(false);
    expect(await here.run(sampleRunId(1))).toMatchObject({ state: 'starting' });
  });

  it('is followed to another name and default branch, as GitHub says them', async () => {
    const here = await setUp();
    here.repository.fullName = 'demo/greetings';
    await here.push({ fullName: 'demo/greetings' });
    expect(await here.stored()).toMatchObject({ fullName: 'demo/greetings', stopped: null });
    expect(await here.run(sampleRunId(1))).toMatchObject({ state: 'starting' });
  });

  it('is not what a message says, but what GitHub does', async () => {
    const here = await setUp({ private: true });
    const before = await here.stored();
    await here.push({ fullName: 'evil/hello', defaultBranch: 'evil', private: false });
    expect(await here.stored()).toEqual(before);
    expect(here.github.asked).toContain('repository #42');
  });

  it('keeps no push waiting where GitHub does not say', async () => {
    const here = await setUp();
    here.github.repositoryById = async () => await Promise.reject(new YbError('github-unavailable', 'no answer'));
    await here.push({ fullName: 'demo/greetings' });
    expect(await here.run(sampleRunId(1))).toMatchObject({ state: 'starting' });
  });
});
