import { describe, expect, it } from 'vitest';
import { isSameRepository, parseRepositoryUrl } from '../../cli/repository-url.ts';

describe('the URL of a repository', () => {
  it.each([
    ['https://github.com/me/myproject', 'github.com'],
    ['https://github.com/me/myproject.git', 'github.com'],
    ['https://github.com/me/myproject/', 'github.com'],
    ['https://github.com/me/myproject/tree/main/src', 'github.com'],
    ['https://github.com/me/myproject/pull/3', 'github.com'],
    ['http://127.0.0.1:3000/me/myproject.git', '127.0.0.1:3000'],
    ['http://127.0.0.1:3000/git/me/myproject.git', '127.0.0.1:3000'],
    ['git@github.com:me/myproject.git', 'github.com'],
    ['github.com:me/myproject', 'github.com'],
    ['ssh://git@github.com:22/me/myproject.git', 'github.com:22'],
    ['github.com/me/myproject', 'github.com'],
    ['me/myproject', null],
    ['  me/myproject\n', null],
  ])('is read from %j', (text, host) => {
    expect(parseRepositoryUrl(text)).toEqual({ owner: 'me', name: 'myproject', host });
  });

  it.each(['', 'myproject', 'me/', '/myproject', 'me/..', 'me/.', '-me/x', 'me/my project', 'file:///me/x', 'a/b/c'])(
    'is not %j',
    (text) => {
      expect(() => parseRepositoryUrl(text)).toThrow('not the URL of a GitHub repository');
    },
  );

  it.each(['https://me:hunter2@github.com/me/x', 'https://hunter2@github.com/me/x'])(
    'holds no password, and one that stands there is not repeated',
    (text) => {
      expect(() => parseRepositoryUrl(text)).toThrow('holds a user name or a password');
      expect(() => parseRepositoryUrl(text)).not.toThrow('hunter2');
    },
  );

  it.each([
    ['https://github.com/Me/MyProject', 'git@github.com:me/myproject.git', true],
    ['https://github.com/me/x', 'ssh://git@ssh.github.com:443/me/x', true],
    ['me/x', 'https://any.example/me/x', true],
    ['https://host:1/me/x', 'https://host:2/me/x', false],
    ['https://github.com/me/x', 'https://github.com/me/y', false],
    ['https://github.com/me/x', 'https://github.com.example/me/x', false],
  ])('%s is %s: %s', (left, right, same) => {
    expect(isSameRepository(parseRepositoryUrl(left), parseRepositoryUrl(right))).toBe(same);
  });
});
