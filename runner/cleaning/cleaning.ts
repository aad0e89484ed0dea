import { join } from 'node:path';
import type { Clock } from '../../shared/outside/clock.ts';
import { enterVolume } from '../checkout/enter.ts';
import { failureOf } from '../checkout/failure.ts';
import { emptyFolder } from '../checkout/folders.ts';
import { seconds } from '../checkout/report.ts';
import { layoutOf } from '../checkout/volume.ts';

export interface CleaningOptions {
  readonly volumeFolder: string;
  readonly epoch: number;
  /** Folders in which programs are looked for. */
  readonly path: string;
  readonly clock: Clock;
  /** The container's own output. */
  readonly output: (line: string) => void;
}

/**
 * Empties a volume: all of the build's part, and all that was fetched. The fence stays, raised to this cleaning's epoch, so
 * that who wrote here before is refused as ever. May be done twice.
 * @throws CheckoutFailure `staleLease`, `volumeBusy`, `volumeDamaged`, or `checkoutFailed`: it cannot be emptied
 */
export async function cleanVolume(options: CleaningOptions): Promise<void> {
  const started = options.clock.now().getTime();
  const layout = layoutOf(options.volumeFolder);
  try {
    const holder = `cleaning-${options.epoch}`;
    const lock = await enterVolume({ layout, epoch: options.epoch, holder, path: options.path });
    try {
      // What stands in the way of an older writer stays; all else goes.
      await emptyFolder(layout.build, [layout.lock, layout.holder]);
      await emptyFolder(layout.trusted, [layout.epoch]);
      await emptyFolder(options.volumeFolder, [layout.build, layout.trusted, join(options.volumeFolder, 'lost+found')]);
    } finally {
      await lock?.release();
    }
  } catch (error) {
    throw failureOf(error, 'The volume cannot be emptied');
  }
  options.output(`yb: emptied the volume in ${seconds(options.clock.now().getTime() - started)}\n`);
}
