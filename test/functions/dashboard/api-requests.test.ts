import { describe, expect, it } from 'vitest';
import { openApi } from '../../../shared/api/openapi.ts';
import { ProblemView } from '../../../shared/api/schemas.ts';
import { sampleRunId } from '../../support/sample-run.ts';
import { finishedRun, outcome } from './made-runs.ts';
import { createWorld, dashboardUrl } from './dashboard-rig.ts';

const runs = '/api/v1/repos/mira/shop/runs';

it('what may be asked is told to anybody', async () => {
  const world = await createWorld();
  const answer = await world.api('/api/v1/openapi.json');
  expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(openApi({ dashboardUrl, version: '0.1.0' }))));
});

describe('a method that is not for what is asked', () => {
  it.each([
    ['POST', '/api/v1/person', 'GET, HEAD'],
    ['POST', '/api/v1/repos/mira/shop', 'GET, HEAD, PUT, DELETE'],
    ['GET', `/api/v1/runs/${sampleRunId(103)}/cancel`, 'POST'],
    ['DELETE', `/api/v1/runs/${sampleRunId(103)}`, 'GET, HEAD'],
  ])('is told which are: %s %s', async (method, path, allow) => {
    const world = await createWorld();
    for (const token of [undefined, 'stranger', 'admin']) {
      const response = await world.api(path, { token, method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
      expect(ProblemView.parse(await response.json()).code).toBe('method-not-allowed');
    }
  });

  it('is told so on a page', async () => {
    const world = await createWorld();
    const response = await world.app.request('/', { method: 'PUT', headers: { cookie: world.cookieOf('reader') } });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(await response.text()).toContain('This takes GET, HEAD, not PUT');
  });
});

describe('what somebody has already', () => {
  it('is not sent again, until it is another, and to nobody who may not see it', async () => {
    const world = await createWorld();
    await world.addRun(finishedRun(1, { outcome: outcome({ verdict: 'passed' }) }));
    const ask = async (token: string, tag: string) =>
      await world.app.request('/api/v1/repos/mira/shop/runs', {
        headers: { authorization: `Bearer ${token}`, 'if-none-match': tag },
      });
    const first = await ask('reader', '"none"');
    expect(first.status).toBe(200);
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^W\/"[0-9a-f]+"$/);
    const again = await ask('reader', `"other", ${tag}`);
    expect([again.status, await again.text(), again.headers.get('cache-control')]).toEqual([
      304,
      '',
      'private, no-store',
    ]);
    expect((await ask('stranger', tag)).status).toBe(404);
    await world.addRun(finishedRun(2, { outcome: outcome({ verdict: 'failed' }) }));
    expect((await ask('reader', tag)).status).toBe(200);
    const log = await world.api(`/api/v1/runs/${sampleRunId(1)}/log`, { token: 'reader' });
    expect(log.headers.get('etag')).toBeNull();
  });
});

describe('what is asked for and not there', () => {
  it.each([
    '/api/v1/repos/mira/shop/runs?colour=red',
    '/api/v1/repos/mira/shop/runs?limit=10&page=2',
    '/api/v1/repos/mira/shop?limit=1',
    '/api/v1/repos/mira/shop/targets?name=x',
    '/api/v1/server?verbose',
  ])('is refused, and named: %s', async (path) => {
    const world = await createWorld();
    const response = await world.api(path, { token: 'reader' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'bad-request', detail: expect.stringMatching(/^query: /) });
  });

  it('is refused in a body', async () => {
    const world = await createWorld();
    const body = { ref: 'main', failed: true };
    expect((await world.api(runs, { token: 'writer', method: 'POST', body })).status).toBe(400);
    expect(world.published).toEqual([]);
  });

  it('tells who may not see it nothing more by that', async () => {
    const world = await createWorld();
    for (const token of [undefined, 'stranger']) {
      const [plain, more] = await Promise.all(
        ['', '?colour=red'].map(async (query) => await world.api(`/api/v1/repos/mira/shop/runs${query}`, { token })),
      );
      expect(more?.status).toBe(plain?.status);
      expect(await more?.text()).toBe(await plain?.text());
    }
  });
});
