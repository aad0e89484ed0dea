import type { Documents } from '../../shared/outside/documents.ts';
import type { HookDocuments } from '../../shared/outside/hooks.ts';
import { YbError } from '../../shared/errors.ts';
import { hookPath } from '../../shared/store/hooks.ts';

/** The documents of hooks among all others. */
export function createMemoryHooks(documents: Documents): HookDocuments {
  return {
    async get(hookKey) {
      const [snapshot] = await documents.get([hookPath(hookKey)]);
      return snapshot?.data ?? null;
    },
    async update(hookKey, fields) {
      const path = hookPath(hookKey);
      const [snapshot] = await documents.get([path]);
      if (snapshot === null || snapshot === undefined) throw new YbError('store-unavailable', 'no such hook');
      await documents.commit([{ type: 'update', path, fields, version: snapshot.version }]);
    },
  };
}
