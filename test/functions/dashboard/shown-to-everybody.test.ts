import { describe, expect, it } from 'vitest';
import { rates } from '../../../functions/dashboard/access/limits.ts';
import { type Repository, repositoryPath } from '../../../shared/store/repositories.ts';
import { noon, sampleRunId } from '../../support/sample-run.ts';
import { createWorld, showToEverybody } from './dashboard-rig.ts';
import { addScenes } from './scenes.ts';

describe('what is shown to everybody', () => {
  const page = '/mira/shop';
  const run = `/api/v1/runs/${sampleRunId(103)}`;
  const setUp = async (changes: Partial<Repository> = {}) => {
    const here = await createWorld();
    await addScenes(here);
    await showToEverybody(here, changes);
    return here;
  };

  it('has a way in, and neither a button nor what is for its owners', async () => {
    const here = await setUp();
    const text = await (await here.app.request(`${page}?branch=main`)).text();
    expect(text).toContain('href="/auth/sign-in?return=%2Fmira%2Fshop%3Fbranch%3Dmain"');
    expect(text).not.toContain('method="post"');
    expect(await (await here.app.request('/api/v1/repos/mira/shop')).json()).toMatchObject({ hook: null, app: null });
    expect(await (await here.app.request(`/runs/${sampleRunId(103)}`)).text()).not.toContain('method="post"');
    const owner = { headers: { cookie: here.cookieOf('admin') } };
    expect(await (await here.app.request(page, owner)).text()).toContain('Shown to everybody');
  });

  it.each([
    ['is private at GitHub', { private: true }],
    ['is shown to its readers', { settings: { shownTo: 'readers' } }],
    ['says nothing of it', { settings: {} }],
    ['is no longer registered', { stopped: { at: noon, by: 'GitHub', why: 'transferred' } }],
  ] as const)('is nothing of a repository that %s', async (_, changes) => {
    const here = await setUp(changes);
    expect((await here.app.request(run)).status).toBe(401);
    expect((await here.app.request('/api/v1/repos/mira/shop')).status).toBe(401);
    expect((await here.app.request(page)).headers.get('location')).toContain('/auth/sign-in');
  });

  it('is shown too to who is signed in and whom GitHub shows nothing of it', async () => {
    const here = await setUp();
    const answer = await here.app.request(page, { headers: { cookie: here.cookieOf('stranger') } });
    expect(answer.status).toBe(200);
    expect(await answer.text()).not.toContain('Sign in');
  });

  it('is what the repository shows that has the name now', async () => {
    const here = await setUp();
    const [before] = await here.documents.get([repositoryPath('42')]);
    const fields = { ...before?.data, id: '77', createdAt: new Date(noon.getTime() + 1000), settings: {} };
    await here.documents.commit([{ type: 'create', path: repositoryPath('77'), fields }]);
    expect((await here.app.request(page)).headers.get('location')).toContain('/auth/sign-in');
    expect((await here.app.request(run)).status).toBe(200);
  });

  it('is for its owners to say, of a repository that is public', async () => {
    const here = await createWorld();
    const say = async () =>
      await here.api('/api/v1/repos/mira/shop/settings', {
        token: 'admin',
        method: 'PATCH',
        body: { shownTo: 'everybody' },
      });
    const refused = await say();
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('mira/shop is private at GitHub') });
    const [known] = here.github.repositories_;
    if (known !== undefined) Object.assign(known, { private: false });
    here.clock.advance(61_000);
    expect(await (await say()).json()).toEqual({ settings: { shownTo: 'everybody' } });
  });

  it('is shown to one address a bounded number of times in a minute', async () => {
    const here = await setUp();
    const look = async (address: string) =>
      (await here.app.request(run, { headers: { 'x-forwarded-for': address } })).status;
    for (let count = 0; count < rates.look.perMinute; count += 1) await look('203.0.113.9');
    expect([await look('203.0.113.9'), await look('203.0.113.10')]).toEqual([429, 200]);
  });
});
