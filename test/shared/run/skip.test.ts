import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { skipMarkOf, skipped } from '../../../shared/run/skip.ts';

describe('the mark of a commit that is not to be tested', () => {
  it.each<[message: string, mark: string | null]>([
    ['[skip ci] Fix a typo', '[skip ci]'],
    ['Fix a typo [ci skip]', '[ci skip]'],
    ['Fix a typo [SKIP CI]\n\nIt was there for years.', '[skip ci]'],
    ['Fix a typo\n\nIt was there for years.\n\n[Ci Skip]\n', '[ci skip]'],
    ['Fix a typo\r\n\r\n[skip ci]\r\n\r\n', '[skip ci]'],
    ['Heed [skip ci] in the first line\n\nAnd in the last.', '[skip ci]'],
    ['Explain the mark\n\nWho writes [skip ci] here talks of it.\nThat is all.', null],
    ['Fix a typo', null],
    ['skip ci', null],
    ['[skip  ci]', null],
    ['[skip ci', null],
    ['', null],
    ['\n\n', null],
  ])('in %j is %s', (message, mark) => {
    expect(skipMarkOf(message)).toBe(mark);
  });

  it('is never found in what does not have it', () => {
    fc.assert(
      fc.property(fc.string(), (message) => {
        expect(skipMarkOf(message.replaceAll('[', '('))).toBeNull();
      }),
    );
  });
});

describe('a push', () => {
  const push = { ref: 'refs/heads/main', source: 'push', skip: '[skip ci]' } as const;
  it.each<[what: string, push: Parameters<typeof skipped>[0], settings: { skipCi?: boolean }, mark: string | null]>([
    ['whose commit says so is skipped', push, {}, '[skip ci]'],
    ['of a repository that says so too', push, { skipCi: true }, '[skip ci]'],
    ['of an owner who has every push tested is not', push, { skipCi: false }, null],
    [
      'of the merge queue is not: somebody waits for it',
      { ...push, ref: 'refs/heads/gh-readonly-queue/main/pr-1-abc' },
      {},
      null,
    ],
    ['that a person asked for is not', { ...push, source: 'manual' }, {}, null],
    ['without the mark is not', { ...push, skip: undefined }, {}, null],
  ])('%s', (_what, given, settings, mark) => {
    expect(skipped(given, settings)).toBe(mark);
  });
});
