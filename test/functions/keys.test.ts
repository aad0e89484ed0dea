import { describe, expect, it, onTestFinished } from 'vitest';
import type { KeyGrants } from '../../local/kms/kms.ts';
import { keyNames } from '../../local/kms/names.ts';
import { type FunctionName, keyRights, type KeyName } from '../../shared/rights.ts';
import { hookPath, hookSecretPlace } from '../../shared/store/hooks.ts';
import { deliveryHeaders } from '../support/deliveries.ts';
import { startKmsForTest } from '../support/kms.ts';
import { sampleRunId, sampleSha, noon } from '../support/sample-run.ts';
import { createControlPlane } from '../support/control-plane.ts';
import { createMemoryDocuments, type MemoryDocuments } from '../world/documents.ts';

const hookKey = 'ab'.repeat(16);
const secret = 'the secret of this repository';

interface Plane {
  readonly plane: ReturnType<typeof createControlPlane<MemoryDocuments>>;
  /** Whether the scheduler has all its rights, whatever is missing. */
  readonly all: { scheduler: boolean };
}

/** What an installation does with its keys; each on its own, in an installation where everything was set up before. */
const acts: Readonly<Record<string, (plane: Plane) => Promise<boolean>>> = {
  'dashboard encrypt hooks': async (plane: Plane) =>
    await register(plane, { hook: { secret: 'a new secret of the hook' } }),
  'dashboard encrypt credentials': async (plane: Plane) => await register(plane, { credential: { token: 'admin' } }),
  'webhook decrypt hooks': async ({ plane }: Plane) => (await deliver(plane)).status === 202,
  'scheduler decrypt credentials': async ({ plane }: Plane) => {
    await plane.push(1).catch(() => undefined);
    return plane.cluster.secrets.size === 1;
  },
  'watcher decrypt credentials': async ({ plane, all }: Plane) => {
    // Its run is there; the scheduler has all its rights for the moment.
    all.scheduler = true;
    await plane.push(1).catch(() => undefined);
    await plane.drain().catch(() => undefined);
    return plane.states(1).includes('pending');
  },
};

/** @param missing the one permission that is not given */
async function setUp(missing: string | null): Promise<Plane> {
  const granted = (key: KeyName, verb: 'encrypt' | 'decrypt'): FunctionName[] =>
    keyRights[key][verb].filter((who) => `${who} ${verb} ${key}` !== missing);
  const grants: KeyGrants = {
    hooks: { encrypt: granted('hooks', 'encrypt'), decrypt: granted('hooks', 'decrypt') },
    credentials: { encrypt: granted('credentials', 'encrypt'), decrypt: granted('credentials', 'decrypt') },
  };
  const everything = Object.fromEntries(
    keyNames.map((key) => [key, { encrypt: ['dashboard'], decrypt: ['scheduler', 'dashboard'] }]),
  ) as unknown as KeyGrants;
  const [kms, whole] = await Promise.all([startKmsForTest(grants), startKmsForTest(everything)]);
  onTestFinished(kms.stop);
  onTestFinished(whole.stop);
  const all = { scheduler: false };
  const plane = createControlPlane({
    documents: createMemoryDocuments(),
    repositories: [{ id: '42', fullName: 'demo/hello', private: true, roles: { admin: 'admin' }, branches: ['main'] }],
    // Everything that an administrator sets up seals alike; who opens it, and who seals it later, is asked of `kms`.
    change: () => ({
      keys: { hooks: whole.key('hooks', 'dashboard'), credentials: whole.key('credentials', 'dashboard') },
    }),
    keysOf: (name) => {
      const from = () => (name === 'scheduler' && all.scheduler ? whole : kms);
      const key = (which: KeyName) => ({
        seal: async (place: string, plain: string) => await from().key(which, name).seal(place, plain),
        open: async (place: string, sealed: string) => await from().key(which, name).open(place, sealed),
      });
      return { hooks: key('hooks'), credentials: key('credentials') };
    },
  });
  await plane.register('42', 1);
  const sealed = await whole.key('hooks', 'dashboard').seal(hookSecretPlace(hookKey, 's'), secret);
  const secrets = [{ id: 's', sealed, fingerprint: null, createdAt: noon, retiresAt: null }];
  const fields = { repoId: '42', secrets, lastPingAt: null, createdAt: noon };
  await plane.hookDocuments.commit([{ type: 'create', path: hookPath(hookKey), fields }]);
  return { plane, all };
}

async function register({ plane }: Plane, body: object): Promise<boolean> {
  const answer = await plane.functions.dashboard.request('/api/v1/repos/demo/hello', {
    method: 'PUT',
    headers: { authorization: 'Bearer admin', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect([200, 503]).toContain(answer.status);
  return answer.status === 200;
}

async function deliver(plane: Plane['plane']): Promise<{ readonly status: number }> {
  const body = JSON.stringify({
    ref: 'refs/heads/main',
    before: sampleSha(1),
    after: sampleSha(2),
    repository: { id: 42, pushed_at: 1_772_366_400, default_branch: 'main' },
  });
  const headers = deliveryHeaders({ event: 'push', body, secret });
  return await plane.functions.webhook({ method: 'POST', path: `/${hookKey}`, headers, body: Buffer.from(body) });
}

describe('a permission on a key', () => {
  const rows = Object.keys(acts);

  it('is in the table for every act, and no other is', () => {
    const table = keyNames.flatMap((key) =>
      (['encrypt', 'decrypt'] as const).flatMap((verb) => keyRights[key][verb].map((who) => `${who} ${verb} ${key}`)),
    );
    expect(table.toSorted()).toEqual(rows.toSorted());
  });

  it.each([null, ...rows])('that is missing, %s, makes its own row fail and no other', async (missing) => {
    const worked: Record<string, boolean> = {};
    for (const [row, act] of Object.entries(acts)) worked[row] = await act(await setUp(missing));
    expect(worked).toEqual(Object.fromEntries(rows.map((row) => [row, row !== missing])));
  });

  it('can be given later: the push that came meanwhile is not lost', async () => {
    const lacking = await setUp('scheduler decrypt credentials');
    await expect(lacking.plane.push(1)).rejects.toMatchObject({ code: 'key-unavailable' });
    expect(await lacking.plane.run(sampleRunId(1))).toMatchObject({ nextLookAt: expect.any(Date) });
    lacking.all.scheduler = true;
    lacking.plane.clock.advance(60_000);
    await lacking.plane.handle({ v: 1, type: 'tick' });
    await lacking.plane.drain();
    expect(lacking.plane.cluster.secrets.size).toBe(1);
  });
});
