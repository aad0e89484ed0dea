import { describe, expect, it } from 'vitest';
import { createCredentials } from '../../../shared/github/credentials.ts';
import { credentialPlace } from '../../../shared/store/repositories.ts';
import { noon } from '../../support/sample-run.ts';
import { createInstallation } from '../../world/installation.ts';

const shop = { id: '42', fullName: 'demo/shop', private: true, roles: {}, branches: ['main'], settings: {} };
const app = { kind: 'app', addedAt: noon, addedBy: 'demo' } as const;

function setUp() {
  const world = createInstallation({ repositories: [{ ...shop }] });
  world.github.installations.add('42');
  const credentials = createCredentials({ ...world, key: world.keys.credentials });
  return { ...world, credentials };
}

describe('by what a repository is reached', () => {
  it('is a token of the App for this repository and this use, asked for once in forty minutes', async () => {
    const { credentials, github, clock } = setUp();
    const repository = { ...shop, credential: app };
    expect(await credentials.tokenFor(repository, 'checkout')).toBe('ghs_42');
    expect(await credentials.tokenFor(repository, 'vouch')).toBe('ghs_42');
    expect(await credentials.tokenFor(repository, 'status')).toBe('ghs_42');
    expect(github.asked).toEqual([
      'token of demo/shop for {"contents":"read"}',
      'token of demo/shop for {"statuses":"write"}',
    ]);
    clock.advance(40 * 60_000 - 1);
    await credentials.tokenFor(repository, 'checkout');
    expect(github.asked).toHaveLength(2);
    clock.advance(1);
    await credentials.tokenFor(repository, 'checkout');
    expect(github.asked).toHaveLength(3);
  });

  it('ends with the installation, and follows the name', async () => {
    const { credentials, github } = setUp();
    const [known] = github.repositories_;
    if (known === undefined) throw new Error('it is there');
    await credentials.tokenFor({ ...shop, credential: app }, 'status');
    known.fullName = 'demo/store';
    expect(await credentials.tokenFor({ ...shop, fullName: 'demo/store', credential: app }, 'status')).toBe('ghs_42');
    github.installations.clear();
    await expect(credentials.tokenFor({ ...shop, credential: app }, 'checkout')).rejects.toMatchObject({
      code: 'github-not-found',
    });
  });

  it('is for what its owner has named too, as far as the App is there, in a checkout', async () => {
    const { credentials, github } = setUp();
    github.repositories_.push({ ...shop, id: '43', fullName: 'demo/lib' });
    const settings = { submodules: [{ id: '43', fullName: 'demo/lib' }] };
    const repository = { ...shop, settings, credential: app };
    expect(await credentials.tokenFor(repository, 'checkout')).toBe('ghs_42');
    github.installations.add('43');
    expect(await credentials.tokenFor({ ...repository, fullName: 'demo/Shop' }, 'checkout')).toBe('ghs_42_43');
    expect(await credentials.tokenFor(repository, 'status')).toBe('ghs_42');
    expect(github.asked).toEqual([
      'token of demo/shop and 43 for {"contents":"read"}',
      'token of demo/shop for {"contents":"read"}',
      'token of demo/Shop and 43 for {"contents":"read"}',
      'token of demo/shop for {"statuses":"write"}',
    ]);
  });

  it('is the stored token, as it is, or none', async () => {
    const { credentials, keys, github } = setUp();
    const sealed = await keys.credentials.seal(credentialPlace('42'), 'github_pat_1');
    const stored = { kind: 'token', sealed, fingerprint: null, addedAt: noon, addedBy: 'demo' } as const;
    expect(await credentials.tokenFor({ ...shop, credential: stored }, 'status')).toBe('github_pat_1');
    expect(await credentials.tokenFor({ ...shop, credential: null }, 'status')).toBeNull();
    expect(github.asked).toEqual([]);
  });
});
