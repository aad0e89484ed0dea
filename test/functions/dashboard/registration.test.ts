import { describe, expect, it } from 'vitest';
import { RepositoryView } from '../../../shared/api/schemas.ts';
import { YbError } from '../../../shared/errors.ts';
import { Hook, hookSecretPlace, isNewestSeen, liveSecrets } from '../../../shared/store/hooks.ts';
import { Repository } from '../../../shared/store/repositories.ts';
import { readVolumes } from '../../../shared/store/volumes.ts';
import { createWorld, shop, type World } from './dashboard-rig.ts';
import { changeDocument } from '../../support/change-document.ts';

const path = '/api/v1/repos/mira/shop';
const secret = 'a-secret-of-the-hook';

async function unregistered(): Promise<World> {
  return await createWorld({ repositories: [{ ...shop }] });
}

async function put(world: World, body: unknown, token = 'admin'): Promise<Response> {
  return await world.api(path, { token, method: 'PUT', body });
}

async function viewOf(response: Response): Promise<RepositoryView> {
  expect(response.status).toBe(200);
  return RepositoryView.strict().parse(await response.json());
}

async function stored({ documents, hookDocuments }: Pick<World, 'documents' | 'hookDocuments'>): Promise<{
  readonly repository: Repository;
  readonly hook: Hook;
  readonly hookPath: string;
}> {
  const [repository] = await documents.get(['repos/42']);
  const parsed = Repository.parse(repository?.data);
  const hookPath = `hooks/${parsed.hookKey ?? ''}`;
  const [hook] = await hookDocuments.get([hookPath]);
  return { repository: parsed, hook: Hook.parse(hook?.data), hookPath };
}

/** As if GitHub had signed a delivery with the newest secret. */
async function useNewest(world: World): Promise<void> {
  const { hookPath } = await stored(world);
  await changeDocument(world.hookDocuments, hookPath, { newestSeenAt: world.clock.now() });
}

async function secretsOf(world: World, of: Awaited<ReturnType<typeof stored>>): Promise<string[]> {
  const live = liveSecrets(of.hook.secrets, { newestSeen: isNewestSeen(of.hook), now: world.clock.now() });
  const opened = live.map(
    async ({ id, sealed }) => await world.keys.hooks.open(hookSecretPlace(of.repository.hookKey ?? '', id), sealed),
  );
  return (await Promise.all(opened)).toReversed();
}

/** Of all documents but the audit trail, which grows by each request. */
function pathsBeside(world: World): string[] {
  return world.documents.paths().filter((each) => !/\/audit\/|^people\/|^sessions\//.test(each));
}

describe('a repository that nobody registered', () => {
  it('is shown as such to whoever GitHub shows it', async () => {
    const world = await unregistered();
    const view = await viewOf(await world.api(path, { token: 'reader' }));
    expect(view).toEqual({
      id: '42',
      fullName: 'mira/shop',
      defaultBranch: 'main',
      private: true,
      registered: false,
      volumes: [],
      hook: null,
      credential: null,
      app: null,
    });
  });

  it('has no runs, and starts none', async () => {
    const world = await unregistered();
    expect(await (await world.api(`${path}/runs`, { token: 'reader' })).json()).toEqual({ runs: [], next: null });
    const started = await world.api(`${path}/runs`, { token: 'writer', method: 'POST', body: { ref: 'main' } });
    expect(started.status).toBe(422);
    expect(await started.json()).toMatchObject({ detail: expect.stringContaining('yb setup-repo') });
  });
});

describe('registering a repository', () => {
  it('makes its hook’s address, its volumes, and keeps its secrets sealed', async () => {
    const world = await unregistered();

    const view = await viewOf(await put(world, { hook: { secret }, credential: { token: 'admin' } }));

    const now = await stored(world);
    expect(view.hook?.url).toBe(`https://hooks.example.com/${now.repository.hookKey ?? ''}`);
    expect(view).toMatchObject({ registered: true, credential: { kind: 'token' } });
    expect(view.volumes.map(({ index, state, epoch, warm }) => [index, state, epoch, warm])).toEqual([
      [0, 'free', 0, null],
      [1, 'free', 0, null],
    ]);
    expect(now.repository.volumes).toEqual({ count: 2, sizeGiB: 50 });
    expect(now.repository.hookKey).toMatch(/^[0-9a-f]{32}$/);
    expect(await secretsOf(world, now)).toEqual([secret]);
    const { credential } = now.repository;
    expect(credential).toMatchObject({ kind: 'token', addedBy: 'admin' });
    expect(
      await world.keys.credentials.open('repos/42#credential', credential?.kind === 'token' ? credential.sealed : ''),
    ).toBe('admin');
    expect(JSON.stringify(now)).not.toContain(secret);
    const volumes = await readVolumes(world.documents, '42');
    expect(volumes.map(({ value }) => [value.index, value.state, value.trust])).toEqual([
      [0, 'free', 'trusted'],
      [1, 'free', 'trusted'],
    ]);
  });

  it('changes nothing the second time', async () => {
    const world = await unregistered();
    const body = { hook: { secret }, credential: { token: 'admin' } };
    const first = await viewOf(await put(world, body));
    const before = await world.documents.get(pathsBeside(world));
    world.clock.advance(60_000);
    expect(await viewOf(await put(world, body))).toEqual(first);
    expect(await world.documents.get(pathsBeside(world))).toEqual(before);
  });

  it('adds a new secret beside the one before, which ends an hour later', async () => {
    const world = await unregistered();
    await put(world, { hook: { secret: 'first-secret-of-the-hook' } });
    world.clock.advance(1000);
    await put(world, { hook: { secret: 'second-secret-of-the-hook' } });

    expect(await secretsOf(world, await stored(world))).toEqual([
      'second-secret-of-the-hook',
      'first-secret-of-the-hook',
    ]);
    // Until GitHub was seen to use the second, an hour is not enough.
    world.clock.advance(3_600_001);
    expect(await secretsOf(world, await stored(world))).toHaveLength(2);
    await useNewest(world);
    expect(await secretsOf(world, await stored(world))).toEqual(['second-secret-of-the-hook']);
  });

  it('keeps what is not in the request, and takes over what GitHub says', async () => {
    const world = await unregistered();
    await put(world, { hook: { secret }, credential: { token: 'admin' } });
    const [renamed] = world.github.repositories_;
    if (renamed === undefined) throw new Error('it is there');
    world.clock.advance(61_000);
    renamed.fullName = 'mira/store';

    await viewOf(await world.api('/api/v1/repos/mira/store', { token: 'admin', method: 'PUT', body: {} }));

    const now = await stored(world);
    expect(now.repository).toMatchObject({ fullName: 'mira/store', credential: { kind: 'token' } });
    expect(await secretsOf(world, now)).toEqual([secret]);
  });

  it('reaches a new one as the App, where that is installed on it, and keeps nobody’s token', async () => {
    const world = await createWorld({ repositories: [{ ...shop }] });
    world.github.installations.add('42');
    const before = await viewOf(await world.api('/api/v1/repos/mira/shop', { token: 'admin' }));
    expect(before).toMatchObject({ registered: false, app: { installed: true } });
    const view = await viewOf(await put(world, { hook: { secret } }));
    expect(view).toMatchObject({ registered: true, credential: { kind: 'app' }, app: { installed: true } });
    expect((await stored(world)).repository.credential).toMatchObject({ kind: 'app', addedBy: 'admin' });
    expect((await world.api('/api/v1/repos/mira/shop', { token: 'reader' })).status).toBe(200);
  });

  it('changes from a token to the App and back when told to, and not by itself', async () => {
    const world = await createWorld({ repositories: [{ ...shop }] });
    const kind = async () => (await stored(world)).repository.credential?.kind;
    await put(world, { credential: { token: 'admin' } });
    const refused = await put(world, { credential: { app: true } });
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('not installed on mira/shop');
    world.github.installations.add('42');
    await put(world, { hook: { secret } });
    expect(await kind()).toBe('token');
    await put(world, { credential: { app: true } });
    expect(await kind()).toBe('app');
    await put(world, { credential: { token: 'admin' } });
    expect(await kind()).toBe('token');
  });

  it('that was broken off between the two databases is mended by the next', async () => {
    const world = await createWorld({ repositories: [{ ...shop }] });
    const { commit } = world.hookDocuments;
    world.hookDocuments.commit = async () => await Promise.reject(new YbError('store-unavailable', 'away'));
    const body = { hook: { secret: 'a-secret-of-the-hook' } };
    const put = async () => await world.api('/api/v1/repos/mira/shop', { token: 'admin', method: 'PUT', body });
    expect((await put()).status).toBe(503);
    world.hookDocuments.commit = commit;
    expect((await put()).status).toBe(200);
    expect(await secretsOf(world, await stored(world))).toEqual(['a-secret-of-the-hook']);
    expect(world.hookDocuments.paths()).toHaveLength(1);
  });

  it('by two at once ends with one hook and the secrets of both', async () => {
    const world = await unregistered();
    const answers = await Promise.all(
      ['one', 'two'].map(async (name) => await put(world, { hook: { secret: `secret-number-${name}` } })),
    );
    const views = await Promise.all(answers.map(viewOf));
    expect(views[0]?.hook?.url).toBe(views[1]?.hook?.url);
    expect((await secretsOf(world, await stored(world))).sort()).toEqual(['secret-number-one', 'secret-number-two']);
    expect(world.hookDocuments.paths()).toHaveLength(1);
  });

  it.each([
    ['cannot read the repository', 'stranger', {}, 'cannot read mira/shop'],
    ['GitHub does not know', 'forged', {}, 'cannot read mira/shop'],
    ['reaches beyond the repository', 'classic-admin', {}, '--allow-broad-token'],
  ])('refuses a token that %s, and says what to do', async (_, token, more, words) => {
    const world = await unregistered();
    const response = await put(world, { credential: { token, ...more } });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining(words) });
    expect(pathsBeside(world)).toEqual([]);
  });

  it('takes a token that reaches further if that is said', async () => {
    const world = await unregistered();
    await viewOf(await put(world, { credential: { token: 'classic-admin', allowBroad: true } }));
  });

  it.each([
    ['not JSON', '{', 400],
    ['a secret that is too short', { hook: { secret: 'short' } }, 400],
    ['a secret that is too long', { hook: { secret: 'x'.repeat(257) } }, 400],
    ['a field that nobody knows', { hooks: {} }, 400],
    ['a token with a line end', { credential: { token: 'a\nb' } }, 400],
    ['more than a body may have', { hook: { secret: 'x'.repeat(132_000) } }, 413],
  ])('refuses %s', async (_, body, status) => {
    const world = await unregistered();
    const response = await world.app.request(path, {
      method: 'PUT',
      headers: { authorization: 'Bearer admin', 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(pathsBeside(world)).toEqual([]);
  });

  it('refuses a body that is no JSON by its type', async () => {
    const world = await unregistered();
    const headers = { authorization: 'Bearer admin', 'content-type': 'text/plain' };
    const response = await world.app.request(path, { method: 'PUT', headers, body: '{}' });
    expect(response.status).toBe(415);
  });

  it('leaves no secret in the log', async () => {
    const world = await unregistered();
    await put(world, { hook: { secret }, credential: { token: 'admin' } });
    await put(world, { hook: { secret: 'x' } });
    expect(JSON.stringify(world.logged)).not.toContain(secret);
    expect(JSON.stringify(world.logged)).not.toContain('Bearer');
  });

  it('shows the hook’s address to administrators alone', async () => {
    const world = await unregistered();
    await put(world, { hook: { secret } });
    expect((await viewOf(await world.api(path, { token: 'admin' }))).hook).not.toBeNull();
    expect((await viewOf(await world.api(path, { token: 'writer' }))).hook).toBeNull();
  });

  it('gives up, and says so, when others never stop changing the same', async () => {
    const world = await unregistered();
    world.documents.commit = async () => await Promise.reject(new YbError('conflict', 'changed by somebody else'));
    expect((await put(world, { hook: { secret } })).status).toBe(409);
  });
});
