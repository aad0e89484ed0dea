import { expect, onTestFinished } from 'vitest';
import { systemRandom } from '../../shared/clock.ts';
import type { Key } from '../../shared/outside/keys.ts';
import { createKey, type KeyRing } from '../../shared/sealing.ts';
import { startKmsForTest } from '../support/kms.ts';
import { findsFaults, keepsPromises, type Promises } from './promises.ts';

const place = 'hooks/a';
const plain = 'größe 日本 \0';

const promises: Promises<Key> = {
  'opens what it sealed, byte for byte': async (key) => {
    for (const text of ['', 'x', plain, 'long '.repeat(12_000)]) {
      expect(await key.open(place, await key.seal(place, text))).toBe(text);
    }
  },

  'shows nothing of what is sealed, nor that two are the same': async (key) => {
    const [one, other] = [await key.seal(place, plain), await key.seal(place, plain)];
    expect(one).not.toBe(other);
    expect(Buffer.from(one, 'base64url').toString()).not.toContain('größe');
  },

  'opens nothing in another place': async (key) => {
    const sealed = await key.seal(place, plain);
    await expect(key.open('hooks/b', sealed)).rejects.toMatchObject({ code: 'unreadable-secret' });
  },

  'opens nothing that was changed, and does not tell why': async (key) => {
    const sealed = await key.seal(place, plain);
    const changed = [sealed.slice(0, -4), `${sealed}AAAA`, sealed.replace(/^[^.]+/, 'other'), '', '.', plain];
    const errors = await Promise.all(
      changed.map(async (value) => await key.open(place, value).catch((error: unknown) => error)),
    );
    const said = errors.map((error) => (error instanceof Error ? error.message : 'opened'));
    expect(new Set(said)).toEqual(new Set(['a sealed value cannot be opened with the keys at hand']));
  },
};

const ring = (...ids: readonly string[]): KeyRing => ({
  keys: ids.map((id, index) => ({ id, key: Buffer.alloc(32, index + 1) })),
});

keepsPromises('one key', promises, async () => await Promise.resolve(createKey(ring('a'), systemRandom)));
keepsPromises('a ring that was rotated', promises, async () => {
  return await Promise.resolve(createKey(ring('b', 'a'), systemRandom));
});

/** In the cloud nobody has both halves. */
const grants = {
  hooks: { encrypt: ['dashboard'], decrypt: ['dashboard'] },
  credentials: { encrypt: [], decrypt: [] },
} as const;
keepsPromises('Cloud KMS', promises, async () => {
  const kms = await startKmsForTest(grants);
  onTestFinished(kms.stop);
  return kms.key('hooks', 'dashboard');
});

const wrong = (change: (key: Key) => Partial<Key>) => (): Key => {
  const key = createKey(ring('a'), systemRandom);
  return { ...key, ...change(key) };
};
findsFaults(promises, {
  'that seals for every place': wrong((key) => ({
    seal: async (_, text) => await key.seal('', text),
    open: async (_, sealed) => await key.open('', sealed),
  })),
  'that always seals alike': wrong(() => createKey(ring('a'), { bytes: (count) => new Uint8Array(count) })),
  'that only writes it another way': wrong(() => ({
    seal: async (_, text) => await Promise.resolve(Buffer.from(text).toString('base64url')),
    open: async (_, sealed) => await Promise.resolve(Buffer.from(sealed, 'base64url').toString()),
  })),
});
