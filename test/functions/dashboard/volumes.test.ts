import { fenced, stillFenced } from '../../../shared/volume/lease.ts';
import { describe, expect, it } from 'vitest';
import { RepositoryView } from '../../../shared/api/schemas.ts';
import { volumeWords } from '../../../functions/dashboard/words/volume.ts';
import { cleaningHeldUp } from '../../../shared/volume/cleaning.ts';
import type { Volume } from '../../../shared/volume/volume.ts';
import { noon, sampleRunId, sampleVolume } from '../../support/sample-run.ts';
import { addVolumes, aside, cleaning, fail, failed, take, warm } from './made-volumes.ts';
import { createWorld, type World } from './dashboard-rig.ts';

async function withVolumes(): Promise<World> {
  const world = await createWorld();
  await addVolumes(world);
  return world;
}

describe("a repository's volumes", () => {
  it('are told to programs with state, epoch, warmth, failures, and why one was put aside', async () => {
    const world = await withVolumes();
    const response = await world.api('/api/v1/repos/mira/shop', { token: 'reader' });
    const { volumes } = RepositoryView.strict().parse(await response.json());
    const told = { sha: warm.sha, ref: warm.ref, finishedAt: noon.toISOString() };
    const nextAt = new Date(noon.getTime() + 60_000).toISOString();
    const fresh = { trust: 'trusted', run: null, warm: null, failures: 0, aside: null };
    expect(volumes).toEqual([
      { ...fresh, index: 0, state: 'free', epoch: 4, warm: told },
      { ...fresh, index: 1, state: 'leased', epoch: 1, run: sampleRunId(1) },
      {
        ...fresh,
        index: 2,
        state: 'quarantined',
        epoch: 3,
        warm: told,
        failures: 2,
        aside: { reason: "Bazel's <server> crashed", problem: 'no such disk', tries: 1, nextAt },
      },
    ]);
  });

  it('stand on its page, which says what is being done about one that was put aside', async () => {
    const world = await withVolumes();
    const response = await world.app.request('/mira/shop', { headers: { cookie: world.cookieOf('reader') } });
    const html = await response.text();
    const [table = ''] = /<table>.*<\/table>/s.exec(html) ?? [];
    expect(table).toContain('Bazel&#39;s &lt;server&gt; crashed; cleaning it does not succeed: no such disk');
    expect(table).toContain(`<a href="/runs/${sampleRunId(1)}">in use</a>`);
    expect(table).toContain(`<code>${warm.sha.slice(0, 7)}</code>`);
  });

  it.each<[Volume, string]>([
    [sampleVolume(), 'free'],
    [fail(sampleVolume()), 'free, after 1 failure of its own'],
    [take(sampleVolume()), 'in use'],
    [sampleVolume({ state: 'retiring' }), 'going away'],
    [
      stillFenced(
        fenced(take(sampleVolume()), {
          condition: 'good',
          warm: null,
          reason: 'x',
          at: new Date(noon.getTime() - 3_600_000),
        }),
        'the Pod p is there',
        noon,
      ),
      'its run is over, and whoever wrote to it may still be there, for 1 h; the Pod p is there',
    ],
    [aside(0), "put aside: Bazel's <server> crashed; is cleaned in a moment"],
    [cleaning(aside(0)), "being cleaned after: Bazel's <server> crashed"],
    [
      cleaningHeldUp(cleaning(aside(0)), '0/3 nodes'),
      "being cleaned after: Bazel's <server> crashed; cleaning it does not succeed: 0/3 nodes",
    ],
    [
      failed(0),
      "put aside: Bazel's <server> crashed; cleaning it does not succeed: no such disk; is tried again in 1 m",
    ],
  ])('are described in words (%#)', (volume, words) => {
    expect(volumeWords(volume, noon)).toBe(words);
  });
});
