import { describe, expect, it } from 'vitest';
import { isSafeUrl, readCliSettings } from '../../cli/settings.ts';

describe('the settings of the command line', () => {
  it('have defaults for everything that can have one', () => {
    expect(readCliSettings({ HOME: '/home/mira' })).toEqual({
      server: undefined,
      token: undefined,
      configFolder: '/home/mira/.config',
      githubApiUrl: 'https://api.github.com',
      githubToken: undefined,
      credentialToken: undefined,
      color: true,
      folder: undefined,
    });
  });

  it('are taken without what surrounds them', () => {
    const settings = readCliSettings({
      YB_SERVER: 'https://yb.example/',
      GITHUB_API_URL: 'http://127.0.0.1:8000//',
      GITHUB_TOKEN: ' secret\n',
      NO_COLOR: '',
    });

    expect(settings).toMatchObject({
      server: 'https://yb.example',
      githubApiUrl: 'http://127.0.0.1:8000',
      githubToken: 'secret',
      color: true,
    });
  });

  it('name every variable that is wrong, without its value', () => {
    const read = (): unknown => readCliSettings({ YB_SERVER: 'http://yb.example', GITHUB_TOKEN: 'my secret' });

    expect(read).toThrow(/YB_SERVER: must be an https address.*GITHUB_TOKEN: must be one word/);
    expect(read).not.toThrow(/my secret|yb\.example/);
  });

  it.each([
    ['https://yb.example', true],
    ['http://localhost:1', true],
    ['http://127.0.0.1:1/a', true],
    ['http://[::1]:1', true],
    ['http://yb.example', false],
    ['http://127.0.0.1.example', false],
    ['https://me:password@yb.example', false],
    ['ftp://localhost', false],
    ['yb.example', false],
  ])('let a token go to %s: %s', (url, safe) => {
    expect(isSafeUrl(url)).toBe(safe);
  });
});
