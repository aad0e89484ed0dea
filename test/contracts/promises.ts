import { describe, expect, it } from 'vitest';

/** What a port promises: each by its name, with what shows it of anything that stands behind the port. */
export type Promises<Under> = Readonly<Record<string, (under: Under) => Promise<void>>>;

/** Holds an implementation to what its port promises. */
export function keepsPromises<Under>(name: string, promises: Promises<Under>, open: () => Promise<Under>): void {
  describe(`what the port promises, as ${name} keeps it`, () => {
    it.each(Object.entries(promises))('%s', async (_, shown) => {
      await shown(await open());
    });
  });
}

/** Shows that the suite finds an implementation that breaks a promise: one that a fault was put into. */
export function findsFaults<Under>(
  promises: Promises<Under>,
  faults: Readonly<Record<string, () => Promise<Under> | Under>>,
): void {
  describe('a model that is wrong', () => {
    it.each(Object.entries(faults))('%s is found', async (_, open) => {
      const broken: string[] = [];
      for (const [name, shown] of Object.entries(promises)) {
        await shown(await open()).catch(() => broken.push(name));
      }
      expect(broken).not.toEqual([]);
    });
  });
}
