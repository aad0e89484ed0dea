import { describe, expect, it } from 'vitest';
import { RepositoryView } from '../../../functions/dashboard/api/schemas.ts';
import { volumeWords } from '../../../functions/dashboard/words/volume.ts';
import { volumePath } from '../../../shared/store/volumes.ts';
import { cleaningFailed, cleaningHeldUp, cleaningStarted } from '../../../shared/volume/cleaning.ts';
import { leased, released } from '../../../shared/volume/lease.ts';
import type { Volume } from '../../../shared/volume/volume.ts';
import { noon, sampleRunId, sampleSha, sampleVolume } from '../../support/sample-run.ts';
import { createWorld } from './world.ts';

const warm = { sha: sampleSha(7), ref: 'refs/heads/main', finishedAt: noon, toolchain: '7.4.1' };
const take = (volume: Volume): Volume => leased(volume, { id: sampleRunId(1), attempt: 1 });
const fail = (volume: Volume): Volume =>
  released(take(volume), { condition: 'suspect', warm, reason: "Bazel's <server> crashed", at: noon });
const cleaning = (volume: Volume): Volume => cleaningStarted(volume, { repoId: '42', at: noon, replaces: null });
const aside = (index: number): Volume => fail(fail(sampleVolume({ index })));
const failed = (index: number): Volume => cleaningFailed(cleaning(aside(index)), { problem: 'no such disk', at: noon });

async function withVolumes() {
  const world = await createWorld();
  const volumes = [{ ...sampleVolume(), warm, epoch: 4 }, take(sampleVolume({ index: 1 })), failed(2)];
  await world.documents.commit(
    volumes.map((volume) => ({ type: 'create', path: volumePath('42', volume.index), fields: { ...volume } })),
  );
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
