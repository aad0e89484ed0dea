import { volumePath } from '../../../shared/store/volumes.ts';
import { cleaningFailed, cleaningStarted } from '../../../shared/volume/cleaning.ts';
import { leased, released } from '../../../shared/volume/lease.ts';
import type { Volume } from '../../../shared/volume/volume.ts';
import { noon, sampleRunId, sampleSha, sampleVolume } from '../../support/sample-run.ts';
import type { World } from './dashboard-rig.ts';

export const warm = { sha: sampleSha(7), ref: 'refs/heads/main', finishedAt: noon, toolchain: '7.4.1' };
export const take = (volume: Volume): Volume => leased(volume, { id: sampleRunId(1), attempt: 1 });
export const fail = (volume: Volume): Volume =>
  released(take(volume), { condition: 'suspect', warm, reason: "Bazel's <server> crashed", at: noon });
export const cleaning = (volume: Volume): Volume => cleaningStarted(volume, { repoId: '42', at: noon, replaces: null });
export const aside = (index: number): Volume => fail(fail(sampleVolume({ index })));
export const failed = (index: number): Volume =>
  cleaningFailed(cleaning(aside(index)), { problem: 'no such disk', at: noon });

/** Gives the repository a warm volume, one that is held, and one that cannot be cleaned. */
export async function addVolumes(world: World): Promise<void> {
  const volumes = [{ ...sampleVolume(), warm, epoch: 4 }, take(sampleVolume({ index: 1 })), failed(2)];
  await world.documents.commit(
    volumes.map((volume) => ({ type: 'create', path: volumePath('42', volume.index), fields: { ...volume } })),
  );
}
