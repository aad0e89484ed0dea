import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moduleAddress } from '../../../runner/checkout/module-url.ts';

const own = 'https://github.com/Owner/app.git';
const named = ['https://github.com/owner/lib'];
const address = (url: string, more: Partial<Parameters<typeof moduleAddress>[0]> = {}) =>
  moduleAddress({ url, parent: own, own, named, allowInsecure: false, ...more });

describe('the address of a submodule', () => {
  it.each<[url: string, means: string, mayUseCredential: boolean]>([
    ['../lib.git', 'https://github.com/Owner/lib.git', true],
    ['../../other/lib', 'https://github.com/other/lib', false],
    ['./lib.git', 'https://github.com/Owner/app.git/lib.git', false],
    ['.././../Owner/lib/', 'https://github.com/Owner/lib', true],
    ['https://github.com/owner/LIB.git/', 'https://github.com/owner/LIB.git', true],
    ['https://GitHub.com/Owner/lib', 'https://github.com/Owner/lib', true],
    ['git@github.com:Owner/lib.git', 'https://github.com/Owner/lib.git', true],
    ['ssh://git@github.com/Owner/lib.git', 'https://github.com/Owner/lib.git', true],
    ['ssh://git@ssh.github.com:443/Owner/lib.git', 'https://github.com/Owner/lib.git', true],
    ['https://mira@github.com/Owner/lib', 'https://github.com/Owner/lib', true],
    ['https://mira@evil.example/Owner/lib', 'https://evil.example/Owner/lib', false],
    ['ssh://git@github.com:22/other/lib.git', 'https://github.com/other/lib.git', false],
    ['../APP', 'https://github.com/Owner/APP', true],
    // What its owner has named, and no other of the same owner.
    ['../secret.git', 'https://github.com/Owner/secret.git', false],
    ['../lib.git.git', 'https://github.com/Owner/lib.git.git', false],
    ['https://github.com/Owner/lib%2egit', 'https://github.com/Owner/lib%2egit', false],
    // Whoever looks like the owner is not the owner.
    ['https://github.com/Owner-evil/lib', 'https://github.com/Owner-evil/lib', false],
    ['https://github.com/Owner/../evil/lib', 'https://github.com/evil/lib', false],
    ['https://github.com/Owner/%2e%2e/evil/lib', 'https://github.com/evil/lib', false],
    ['https://github.com\\@evil.example/Owner/lib', 'https://github.com/@evil.example/Owner/lib', false],
    ['https://github.com.evil.example/Owner/lib', 'https://github.com.evil.example/Owner/lib', false],
    ['https://github.com:8443/Owner/lib', 'https://github.com:8443/Owner/lib', false],
    ['https://evil.example/Owner/lib', 'https://evil.example/Owner/lib', false],
    ['https://github.com/Owner', 'https://github.com/Owner', false],
    ['https://github.com/Owner/deep/lib', 'https://github.com/Owner/deep/lib', false],
  ])('%s is %s (credential: %s)', (url, means, mayUseCredential) => {
    expect(address(url)).toEqual({ url: means, mayUseCredential });
  });

  it.each([
    'http://github.com/Owner/lib',
    'git://github.com/Owner/lib',
    'git@gitlab.com:Owner/lib.git',
    'file:///etc/passwd',
    '/srv/git/lib.git',
    'ext::sh -c "touch evil"',
    '--upload-pack=touch evil',
    'https://user:word@github.com/Owner/lib',
    'https://:word@github.com/Owner/lib',
    'ssh://git@ssh.evil.example:443/Owner/lib.git',
    'https://github.com/Owner/lib?x',
    'https://github.com/Owner/lib#x',
    '../../../lib',
    '..',
    '',
    'http://[',
  ])('%j is refused', (url) => {
    expect(address(url)).toHaveProperty('refused');
  });

  it('goes from the repository that names it, and the credential stays with the one that has it', () => {
    const parent = 'https://gitlab.example/group/lib.git';
    expect(address('../deep.git', { parent })).toEqual({
      url: 'https://gitlab.example/group/deep.git',
      mayUseCredential: false,
    });
  });

  it('may be http where that is allowed', () => {
    const local = 'http://127.0.0.1:1234/owner/app.git';
    expect(address('../app.git', { parent: local, own: local, allowInsecure: true })).toEqual({
      url: 'http://127.0.0.1:1234/owner/app.git',
      mayUseCredential: true,
    });
    expect(address('../lib.git', { parent: local, own: local })).toHaveProperty('refused');
  });

  it('gets nothing on another host, port or scheme for the same name', () => {
    const lonely = 'https://git.example/app.git';
    expect(address('../lib.git', { parent: lonely, own: lonely })).toMatchObject({ mayUseCredential: false });
    expect(address(lonely, { own: lonely })).toMatchObject({ mayUseCredential: true });
  });

  it('whatever it says, shows the credential to the repository and what is named alone', () => {
    const hosts = ['https://github.com/', 'https://evil.example/', 'https://github.com.evil.example/'];
    const signs = ['..', '.', '/', '//', 'https:', '@', ':', '%2f', '\\'];
    const part = fc.constantFrom(...hosts, ...signs, 'Owner/', 'Owner', 'evil', 'app', 'lib', '.git');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const made = address(parts.join(''));
        if ('refused' in made || !made.mayUseCredential) return;
        expect(made.url.toLowerCase()).toMatch(/^https:\/\/github\.com\/owner\/(?:app|lib)(?:\.git)?$/);
      }),
      { numRuns: 5_000 },
    );
  });
});
