import { describe, expect, it } from 'vitest';
import { createWorld, showToEverybody } from './dashboard-rig.ts';
import { finishedRun, outcome } from './made-runs.ts';
import { addScenes } from './scenes.ts';

const badge = '/mira/shop/badge.svg';

async function setUp() {
  const world = await createWorld();
  await addScenes(world);
  const passed = outcome({ verdict: 'passed', reason: 'All 10 tests passed' });
  await world.addRun(finishedRun(150, { ref: 'refs/heads/mended', outcome: passed }));
  const ask = async (query = '', cookie: string | null = world.cookieOf('reader')) =>
    await world.app.request(`${badge}${query}`, cookie === null ? {} : { headers: { cookie } });
  return { world, ask };
}

describe('the badge of a branch', () => {
  it.each([
    ['', 'yb: failed', '#b42318'],
    ['?branch=main', 'yb: failed', '#b42318'],
    ['?branch=mended', 'yb: passed', '#1a7f37'],
    ['?branch=split-parser', 'yb: broken', '#b42318'],
    // What was cancelled says nothing of it.
    ['?branch=allocator', 'yb: no runs', '#57606a'],
    ['?branch=nowhere', 'yb: no runs', '#57606a'],
    ['?branch=%22%3E%3Cscript%3E', 'yb: no runs', '#57606a'],
  ])('%s is a picture that says how it stands', async (query, words, colour) => {
    const { ask } = await setUp();
    const answer = await ask(query);
    const picture = await answer.text();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
    expect(picture).toContain(`aria-label="${words}"`);
    expect(picture).toContain(`fill="${colour}"`);
    expect(picture).not.toMatch(/script|href|style/);
  });

  it('is asked for each time, and may stand on pages of others', async () => {
    const { ask } = await setUp();
    const { headers } = await ask();
    expect(headers.get('cache-control')).toBe('private, no-cache');
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  });

  it('is for who sees the runs, and for everybody where the owner says so', async () => {
    const { world, ask } = await setUp();
    expect((await ask('', world.cookieOf('stranger'))).status).toBe(404);
    expect((await ask('', null)).status).toBe(303);
    await showToEverybody(world);
    expect((await ask('', null)).status).toBe(200);
  });
});
