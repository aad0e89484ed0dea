import { describe, expect, it } from 'vitest';
import { secretPath, secretPlace } from '../../../shared/store/repository-secrets.ts';
import { createWorld, shop } from './dashboard-rig.ts';

const base = '/api/v1/repos/mira/shop';

describe('the settings of a repository', () => {
  it('are changed one by one by its administrators, within what the installation gives', async () => {
    const { api } = await createWorld();
    const send = async (body: unknown) => {
      const response = await api(`${base}/settings`, { token: 'admin', method: 'PATCH', body });
      return { status: response.status, body: await response.json() };
    };
    expect(await send({ memory: '4Gi', buildImage: 'ghcr.io/mira/build:1' })).toEqual({
      status: 200,
      body: { settings: { memory: '4Gi', buildImage: 'ghcr.io/mira/build:1' } },
    });
    expect(await send({ memory: null, deadlineSeconds: 60 })).toMatchObject({
      body: { settings: { deadlineSeconds: 60, buildImage: 'ghcr.io/mira/build:1' } },
    });
    expect(await send({ memory: '9Gi' })).toMatchObject({
      status: 422,
      body: { detail: 'memory may be 8Gi at most here' },
    });
    expect(await send({ memory: '8' })).toMatchObject({
      status: 422,
      body: { detail: 'memory must be 256Mi at least: write 8Gi, as 8 alone counts bytes' },
    });
    expect(await send({ buildImage: '169.254.169.254/x' })).toMatchObject({
      status: 422,
      body: { detail: 'buildImage: the image must be named by the host of a registry, not by an address' },
    });
    expect(await send({ colour: 'red' })).toMatchObject({ status: 400 });
    const read = await api(`${base}/settings`, { token: 'admin' });
    expect(await read.json()).toEqual({ settings: { deadlineSeconds: 60, buildImage: 'ghcr.io/mira/build:1' } });
  });
});

describe('whose submodules a checkout may read', () => {
  const others = [
    { ...shop, id: '43', fullName: 'mira/lib' },
    { ...shop, id: '44', fullName: 'mira/theirs', roles: { admin: 'writer' } as const },
    { ...shop, id: '45', fullName: 'sora/lib', ownerId: '8' },
  ];

  it('is said by who administers both, within one account', async () => {
    const { api, github } = await createWorld();
    github.repositories_.push(...others);
    const send = async (submodules: unknown) => {
      const response = await api(`${base}/settings`, { token: 'admin', method: 'PATCH', body: { submodules } });
      return { status: response.status, body: await response.json() };
    };
    const settings = { submodules: [{ id: '43', fullName: 'mira/lib' }] };
    expect(await send(['MIRA/lib'])).toEqual({ status: 200, body: { settings } });
    for (const name of ['mira/theirs', 'sora/lib', 'mira/none', 'mira/shop/x', 'lib']) {
      const { status, body } = await send(['mira/lib', name]);
      expect([name, status]).toEqual([name, name.split('/').length === 2 ? 422 : 400]);
      if (status === 422)
        expect(body).toMatchObject({
          detail: `submodules: ${name} is no repository of the same account that you administer`,
        });
    }
    const read = await api(`${base}/settings`, { token: 'admin' });
    expect(await read.json()).toEqual({ settings });
    expect(await send(null)).toEqual({ status: 200, body: { settings: {} } });
  });
});

describe('the secrets of a repository', () => {
  it('are sealed, listed without their values, replaced and removed', async () => {
    const { api, documents, keys } = await createWorld();
    const put = async (name: string, value: string) =>
      (await api(`${base}/secrets/${name}`, { token: 'admin', method: 'PUT', body: { value } })).status;
    expect(await put('API_TOKEN', 'first value')).toBe(204);
    expect(await put('API_TOKEN', 'second value')).toBe(204);
    expect(await put('OTHER', 'x'.repeat(16 * 1024))).toBe(204);
    expect(await put('SHORT', 'abc')).toBe(400);
    expect(await put('LONG', 'x'.repeat(16 * 1024 + 1))).toBe(400);
    expect(await put('LD_PRELOAD', 'some value')).toBe(400);

    const [stored] = await documents.get([secretPath(shop.id, 'API_TOKEN')]);
    expect(JSON.stringify(stored)).not.toContain('second value');
    const sealed = String(stored?.data['sealed']);
    expect(await keys.credentials.open(secretPlace(shop.id, 'API_TOKEN'), sealed)).toBe('second value');
    // Moved to another name it does not open.
    await expect(keys.credentials.open(secretPlace(shop.id, 'OTHER'), sealed)).rejects.toThrow('cannot be opened');

    const list = await api(`${base}/secrets`, { token: 'admin' });
    const text = await list.text();
    expect(JSON.parse(text)).toMatchObject({
      secrets: [
        { name: 'API_TOKEN', updatedBy: 'admin' },
        { name: 'OTHER', updatedBy: 'admin' },
      ],
    });
    expect(text).not.toContain('value');

    const remove = async () => (await api(`${base}/secrets/API_TOKEN`, { token: 'admin', method: 'DELETE' })).status;
    expect(await remove()).toBe(204);
    expect(await remove()).toBe(404);
  });

  it('are so many and no more', async () => {
    const { api } = await createWorld();
    const put = async (name: string) =>
      await api(`${base}/secrets/${name}`, { token: 'admin', method: 'PUT', body: { value: 'a value' } });
    for (let number = 0; number < 50; number += 1) expect((await put(`NAME_${number}`)).status).toBe(204);
    expect((await put('ONE_MORE')).status).toBe(422);
    expect((await put('NAME_3')).status).toBe(204);
  });
});
