import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkoutExitCodes } from '../../shared/attempt/exit-codes.ts';
import { CheckoutFailure } from './failure.ts';

/**
 * The fence of a volume: refuses a lease that is older than one which the volume has seen, else leaves ours on the disk,
 * so that from here on every older one is refused. Survives the loss of the machine's power at any moment.
 * @throws CheckoutFailure `staleLease`, or `volumeDamaged` if the file is damaged
 */
export async function passFence(file: string, epoch: number): Promise<void> {
  const seen = await readEpoch(file);
  if (seen !== null && seen > epoch) {
    throw new CheckoutFailure(
      checkoutExitCodes.staleLease,
      `The volume has been given to a later attempt (epoch ${seen}; ours is ${epoch}).`,
    );
  }
  if (seen === epoch) return;
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(`${epoch}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncFolder(dirname(file));
}

async function readEpoch(file: string): Promise<number | null> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const epoch = /^\d{1,15}\n$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isInteger(epoch)) return epoch;
  // It is replaced in one step, so this is damage, and a guess could let two writers in.
  throw new CheckoutFailure(checkoutExitCodes.volumeDamaged, "The volume's epoch cannot be read.");
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
