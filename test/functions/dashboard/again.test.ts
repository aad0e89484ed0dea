import { describe, expect, it } from 'vitest';
import { RunView } from '../../../shared/api/schemas.ts';
import { sampleRunId } from '../../support/sample-run.ts';
import { createWorld } from './dashboard-rig.ts';
import { addScenes } from './scenes.ts';

describe('running a commit again', () => {
  const again = `/api/v1/runs/${sampleRunId(103)}/rerun`;

  it('has all tests executed on somebody’s wish, and the same click is the same run', async () => {
    const world = await createWorld();
    await addScenes(world);
    const body = { click: 'ab'.repeat(16), cache: false };
    const post = async () =>
      RunView.parse(await (await world.api(again, { token: 'writer', method: 'POST', body })).json());
    expect(await post()).toMatchObject({ id: (await post()).id, cache: false });
    expect(world.published).toMatchObject([{ uncached: true }, { uncached: true }]);
  });

  it('takes no body for none that does not say what it is', async () => {
    const world = await createWorld();
    await addScenes(world);
    const headers = { authorization: 'Bearer writer' };
    // Bytes alone, which nobody calls anything.
    const body = new TextEncoder().encode('{"cache":false}');
    const answer = await world.app.request(again, { method: 'POST', headers, body });
    expect(answer.status).toBe(415);
    expect(world.published).toEqual([]);
  });

  it('takes nothing for nothing, whatever a program calls it', async () => {
    const world = await createWorld();
    await addScenes(world);
    const headers = { authorization: 'Bearer writer', 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await world.app.request(again, { method: 'POST', headers });
    expect(answer.status).toBe(201);
  });

  it.each([
    ['rerun', { failed: true }],
    ['rerun', { cache: 'no' }],
    ['cancel', { force: true }],
    ['approve', { sha: 'abc' }],
  ])('is not misunderstood: %s with %j', async (act, body) => {
    const world = await createWorld();
    await addScenes(world);
    const path = `/api/v1/runs/${sampleRunId(103)}/${act}`;
    expect((await world.api(path, { token: 'writer', method: 'POST', body })).status).toBe(400);
    expect(world.published).toEqual([]);
  });
});
