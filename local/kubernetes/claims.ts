import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder } from './mounts.ts';
import { type Claim, wireTime } from './objects.ts';
import { claimsOf, isPlaced } from './scheduling.ts';
import type { Store } from './store.ts';

export interface Claims {
  /** Deletes a claim with its data, as soon as no Pod uses it. @returns the claim while it waits for that, else null */
  remove(claim: Claim, now: Date): Claim | null;
  /** Resolves when the data of deleted claims is gone. */
  stop(): Promise<void>;
}

export function createClaims({ store, stateDir }: { readonly store: Store; readonly stateDir: string }): Claims {
  const removals = new Set<Promise<void>>();
  const removeUnused = (claim: Claim): boolean => {
    const { name } = claim.metadata;
    // A Pod that is over keeps its claims too, until it is deleted.
    if (store.pods.list().some((pod) => isPlaced(pod) && claimsOf(pod).includes(name))) return false;
    store.claims.remove(name);
    const removal = removeData(join(stateDir, 'volumes'), name).finally(() => removals.delete(removal));
    removals.add(removal);
    return true;
  };
  const unsubscribe = store.subscribe(() => {
    for (const claim of store.claims.list()) {
      if (claim.metadata.deletionTimestamp !== undefined) removeUnused(claim);
    }
  });
  return {
    remove(claim, now) {
      if (removeUnused(claim)) return null;
      const deletion = { deletionTimestamp: wireTime(now), finalizers: ['kubernetes.io/pvc-protection'] };
      return (
        store.claims.update(claim.metadata.name, (known) => ({
          ...known,
          metadata: { ...known.metadata, ...deletion },
        })) ?? null
      );
    },
    async stop() {
      unsubscribe();
      await Promise.all(removals);
    },
  };
}

/** Moves the data aside first: another claim of this name may come at once. */
async function removeData(volumes: string, name: string): Promise<void> {
  const aside = join(volumes, `.deleted-${randomUUID()}`);
  try {
    renameSync(join(volumes, name), aside);
  } catch {
    // It was never mounted.
    return;
  }
  await removeFolder(aside).catch(() => undefined);
}
