import { expect } from 'vitest';
import { createHookDocuments } from '../../shared/google/hook-documents.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import type { HookDocuments } from '../../shared/outside/hooks.ts';
import { hookPath } from '../../shared/store/hooks.ts';
import { noon } from '../support/sample-run.ts';
import { useFirestore } from '../support/firestore.ts';
import { createMemoryDocuments } from '../world/documents.ts';
import { createMemoryHooks } from '../world/hooks.ts';
import { findsFaults, keepsPromises, type Promises } from './promises.ts';

const firestore = useFirestore();

interface Under {
  readonly hooks: HookDocuments;
  /** The whole database, as the dashboard has it. */
  readonly documents: Documents;
}

const key = '0123456789abcdef0123456789abcdef';
const fields = {
  repoId: '42',
  count: 3,
  none: null,
  yes: true,
  lastPingAt: null,
  secrets: [{ id: 'a', createdAt: noon, retiresAt: null }],
};
const put = async ({ documents }: Under): Promise<void> => {
  await documents.commit([{ type: 'create', path: hookPath(key), fields }]);
};

const promises: Promises<Under> = {
  'gives what the database has of a hook, times as times, and null for one that is not there': async (under) => {
    await put(under);
    expect(await under.hooks.get(key)).toEqual(fields);
    expect(await under.hooks.get(key.replace('0', 'f'))).toBeNull();
  },

  'changes what it names of a hook, and leaves the rest': async (under) => {
    await put(under);
    await under.hooks.update(key, { lastPingAt: noon });
    const [after] = await under.documents.get([hookPath(key)]);
    expect(after?.data).toEqual({ ...fields, lastPingAt: noon });
  },

  'makes no hook of one that is not there': async ({ hooks, documents }) => {
    await expect(hooks.update(key, { lastPingAt: noon })).rejects.toMatchObject({ code: 'store-unavailable' });
    expect(await documents.get([hookPath(key)])).toEqual([null]);
  },
};

function model(change: (hooks: HookDocuments, documents: Documents) => Partial<HookDocuments> = () => ({})): Under {
  const documents = createMemoryDocuments();
  const hooks = createMemoryHooks(documents);
  return { documents, hooks: { ...hooks, ...change(hooks, documents) } };
}

keepsPromises('the model', promises, async () => await Promise.resolve(model()));
keepsPromises("Firestore's emulator, over REST,", promises, async () => {
  const { hookDocuments: documents, project } = firestore.fresh();
  const token = async (): Promise<string> => await Promise.resolve('');
  const where = { project, database: 'hooks', emulatorHost: firestore.host() };
  const hooks = createHookDocuments({ ...where, token, timeoutMilliseconds: 30_000 });
  return await Promise.resolve({ documents, hooks });
});

findsFaults(promises, {
  'that makes what it is to change': () =>
    model((_, documents) => ({
      update: async (hookKey, changes) => {
        await documents.commit([{ type: 'delete', path: hookPath(hookKey) }]);
        await documents.commit([{ type: 'create', path: hookPath(hookKey), fields: changes }]);
      },
    })),
  'that changes nothing': () => model(() => ({ update: async () => await Promise.resolve() })),
  'that knows every hook': () => model((hooks) => ({ get: async (hookKey) => (await hooks.get(hookKey)) ?? fields })),
});
