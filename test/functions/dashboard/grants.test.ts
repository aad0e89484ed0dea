import { describe, expect, it } from 'vitest';
import { createGrants } from '../../../functions/dashboard/access/grants.ts';
import { createKey } from '../../../shared/sealing.ts';
import { personPath } from '../../../shared/store/people.ts';
import { createInstallation } from '../../world/installation.ts';

const admin = { id: '7', login: 'admin' };
const hour = 3_600_000;

function setUp() {
  const world = createInstallation();
  const key = createKey(world.rings.sessions, world.random);
  /** As many instances of the dashboard as a test wants, over one database. */
  const instance = () => createGrants({ ...world, key });
  const inAnHour = () => ({
    token: 'admin',
    expiresAt: new Date(world.clock.now().getTime() + hour),
    refreshToken: 'ghr_1',
  });
  world.github.refreshes.set('ghr_1', 'writer');
  return { ...world, instance, inAnHour };
}

describe('what GitHub gave for a person', () => {
  it('is sealed, and in the name of the person', async () => {
    const { instance, documents, inAnHour } = setUp();
    await instance().keep(admin, inAnHour());
    const [stored] = await documents.get([personPath('7')]);
    expect(stored?.data).toMatchObject({ login: 'admin', grant: { refreshable: true } });
    expect(JSON.stringify(stored)).not.toContain('ghr_1');
  });

  it('is refreshed when it expires, by one of two instances at once', async () => {
    const { instance, clock, github, inAnHour } = setUp();
    const [one, other] = [instance(), instance()];
    const since = clock.now();
    await one.keep(admin, inAnHour());
    expect(await other.tokenOf('7', since)).toBe('admin');
    clock.advance(hour);

    const tokens = await Promise.all([one.tokenOf('7', since), other.tokenOf('7', since), one.tokenOf('7', since)]);

    expect(tokens).toEqual(['writer', 'writer', 'writer']);
    expect([...github.refreshes]).toEqual([['ghr_1+', 'writer']]);
  });

  it('ends what was made under it when GitHub refreshes it no more, and a new sign-in brings none of that back', async () => {
    const { instance, clock, github, inAnHour } = setUp();
    const grants = instance();
    const before = clock.now();
    await grants.keep(admin, inAnHour());
    github.refreshes.clear();
    clock.advance(hour);
    await expect(grants.tokenOf('7', before)).rejects.toMatchObject({ code: 'unauthenticated' });

    await grants.keep(admin, { token: 'admin', expiresAt: null, refreshToken: null });

    expect(await grants.tokenOf('7', clock.now())).toBe('admin');
    await expect(grants.tokenOf('7', before)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('is not ended by GitHub’s being away', async () => {
    const { instance, clock, github, inAnHour, ...world } = setUp();
    const since = clock.now();
    await instance().keep(admin, inAnHour());
    clock.advance(hour);
    const away = createGrants({
      ...world,
      clock,
      key: createKey(world.rings.sessions, world.random),
      github: { ...github, refresh: async () => await Promise.reject(new Error('away')) },
    });
    await expect(away.tokenOf('7', since)).rejects.toThrow('away');
    expect(await instance().tokenOf('7', since)).toBe('writer');
  });

  it('ends when GitHub says that it does not know it, and only then', async () => {
    const { instance, clock, inAnHour } = setUp();
    const grants = instance();
    const since = clock.now();
    await grants.keep(admin, inAnHour());
    await grants.refused('7', 'another token');
    expect(await grants.tokenOf('7', since)).toBe('admin');
    await grants.refused('7', 'admin');
    await expect(grants.tokenOf('7', since)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('was ended by the person while nobody asked: the next sign-in finds that', async () => {
    const { instance, clock, github, inAnHour } = setUp();
    const grants = instance();
    const before = clock.now();
    await grants.keep(admin, inAnHour());
    clock.advance(1000);
    github.revoked.add('admin');
    await grants.keep(admin, { token: 'writer', expiresAt: null, refreshToken: null });
    await expect(grants.tokenOf('7', before)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await grants.tokenOf('7', clock.now())).toBe('writer');
  });

  it('is kept by two sign-ins at once', async () => {
    const { instance, clock } = setUp();
    const given = { token: 'admin', expiresAt: null, refreshToken: null };
    await Promise.all([instance().keep(admin, given), instance().keep(admin, given), instance().keep(admin, given)]);
    expect(await instance().tokenOf('7', clock.now())).toBe('admin');
  });
});
