import { buildExitCodes } from '../../shared/attempt/exit-codes.ts';
import { passFence } from './epoch.ts';
import { CheckoutFailure } from './failure.ts';
import { lockVolume, type VolumeLock } from './lock.ts';
import { withReserve } from './reserve.ts';
import { nameHolder, prepareBuild, prepareTrusted, type VolumeLayout } from './volume.ts';

/**
 * Becomes the volume's writer: passes the fence, takes the lock, and says whose build may start, so that from here on no
 * older build does, though it may have passed its own checkout.
 * @returns the lock, which is to be released; null where the machine has none
 * @throws CheckoutFailure `staleLease`, `volumeDamaged` or `volumeBusy`
 */
export async function enterVolume(options: {
  readonly layout: VolumeLayout;
  readonly epoch: number;
  readonly holder: string;
  /** Folders in which programs are looked for. */
  readonly path: string;
}): Promise<VolumeLock | null> {
  const { layout, epoch, holder, path } = options;
  return await withReserve(layout.reserve, async () => {
    await prepareTrusted(layout);
    await passFence(layout.epoch, epoch);
    await prepareBuild(layout);
    const lock = await lockVolume({ file: layout.lock, path });
    if (lock === 'busy') {
      throw new CheckoutFailure(buildExitCodes.volumeBusy, 'Another process still writes to the volume.');
    }
    try {
      await nameHolder(layout, holder);
    } catch (error) {
      await lock?.release();
      throw error;
    }
    return lock;
  });
}
