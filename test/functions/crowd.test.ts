import { describe, expect, it } from 'vitest';
import { repositoryPath } from '../../shared/store/repositories.ts';
import { createBusyInstallation } from '../support/busy-installation.ts';
import { changeDocument } from '../support/change-document.ts';
import { useFirestore } from '../support/firestore.ts';
import { noon, samplePush, sampleSha } from '../support/sample-run.ts';
import { createMemoryDocuments } from '../world/documents.ts';

const firestore = useFirestore();
const customers = [{ id: '1' }, { id: '2' }];

async function setUp(
  limits: { waitingOfCustomer?: number; pushesOfCustomer?: number },
  documents = createMemoryDocuments(),
) {
  const here = await createBusyInstallation(documents, { customers, repositoriesEach: 1, volumesEach: 1, ...limits });
  for (const { id } of here.repositories) {
    await changeDocument(here.documents, repositoryPath(id), { settings: { supersede: 'never' } });
  }
  const [one, other] = here.repositories.map(({ id }) => id);
  if (one === undefined || other === undefined) throw new Error('no two repositories');
  const push = async (number: number, branch: string, repoId = one) => {
    const at = new Date(noon.getTime() + number * 1000).toISOString();
    const request = samplePush({
      repoId,
      ref: `refs/heads/${branch}`,
      before: sampleSha(0),
      sha: sampleSha(number),
      pushedAt: at,
      requestedAt: at,
    });
    await here.handle(request);
    await here.drain();
    return request.runId;
  };
  const run = async (id: string) => {
    const found = (await here.allRuns()).find((each) => each.id === id);
    if (found === undefined) throw new Error('no such run');
    return found;
  };
  const shown = (number: number) => here.github.statuses.get(sampleSha(number))?.[0]?.description;
  return { ...here, push, run, shown, other };
}

describe('an owner with too many waiting runs', () => {
  it('loses the oldest of side branches, which says so, and nobody else loses any', async () => {
    const here = await setUp({ waitingOfCustomer: 3 });
    await here.push(1, 'main', here.other);
    const others = [await here.push(2, 'x', here.other), await here.push(3, 'y', here.other)];
    await here.push(4, 'main');
    const main = await here.push(5, 'main');
    const [a, b] = [await here.push(6, 'a'), await here.push(7, 'b')];
    expect((await here.run(a)).state).toBe('queued');
    const c = await here.push(8, 'c');
    expect((await here.run(a)).outcome).toMatchObject({ verdict: 'cancelled' });
    expect(here.shown(6)).toBe('cancelled by the limit of 3 waiting runs of an owner before it started');
    for (const id of [main, b, c, ...others]) expect((await here.run(id)).state).toBe('queued');
    const again = await here.push(9, 'c');
    expect((await here.run(c)).outcome).toMatchObject({ verdict: 'superseded' });
    expect(here.shown(8)).toBe('Superseded by 0000000');
    for (const id of [main, b, again]) expect((await here.run(id)).state).toBe('queued');
  });

  it('loses none of its default branch', async () => {
    const here = await setUp({ waitingOfCustomer: 1 });
    const ids = [await here.push(1, 'main'), await here.push(2, 'main'), await here.push(3, 'main')];
    const states = await Promise.all(ids.map(async (id) => (await here.run(id)).state));
    expect(states).toEqual(['starting', 'queued', 'queued']);
  });
});

describe('an owner who pushes too often', () => {
  it('waits for minutes with what is too much, in order, and keeps nobody else waiting', async () => {
    const here = await setUp({ pushesOfCustomer: 2 });
    const first = await here.push(1, 'a');
    await here.push(2, 'b');
    const third = await here.push(3, 'c');
    expect(await here.run(third)).toMatchObject({
      state: 'queued',
      notBefore: new Date(here.clock.now().getTime() + 60_000),
      waitReason: 'waits for minutes: more than 2 pushes a minute of the owner of the repository',
    });
    expect(here.shown(3)).toMatch(/^Queued: waits for minutes/);
    expect((await here.run(await here.push(4, 'main', here.other))).state).toBe('starting');
    // With nothing before it, it still rests; then it runs.
    for (let ended = 0; ended < 3; ended += 1) {
      await here.passOldest();
      await here.drain();
    }
    expect((await here.run(first)).state).toBe('finished');
    expect((await here.run(third)).state).toBe('queued');
    here.clock.advance(61_000);
    await here.handle({ v: 1, type: 'tick' });
    await here.drain();
    expect((await here.run(third)).state).toBe('starting');
    expect((await here.run(await here.push(70, 'd'))).notBefore).toBeNull();
  });

  it('is counted by Firestore as by its model', async () => {
    const { documents } = firestore.fresh();
    const here = await createBusyInstallation(documents, {
      customers,
      repositoriesEach: 1,
      volumesEach: 1,
      pushesOfCustomer: 1,
      waitingOfCustomer: 1,
    });
    const repoId = here.repositories[0]?.id ?? '';
    for (const number of [1, 2, 3]) {
      const at = new Date(noon.getTime() + number * 1000).toISOString();
      const ref = `refs/heads/b${number}`;
      await here.handle(
        samplePush({ repoId, ref, before: sampleSha(0), sha: sampleSha(number), pushedAt: at, requestedAt: at }),
      );
      await here.drain();
    }
    const runs = (await here.allRuns()).toSorted((one, next) => (one.ref < next.ref ? -1 : 1));
    expect(runs.map(({ state, notBefore }) => [state, notBefore === null])).toEqual([
      ['starting', true],
      ['finished', false],
      ['queued', false],
    ]);
  });
});
