import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commentOf, markOf } from '../../../shared/branch/comment.ts';
import type { News } from '../../../shared/run/news.ts';
import { noon, sampleRun, sampleRunId, sampleSha } from '../../support/sample-run.ts';

const news: News = {
  kind: 'broken',
  green: sampleSha(1),
  red: { runId: sampleRunId(1), sha: sampleSha(2) },
  tests: ['//pkg:a_test'],
  failed: 3,
  since: noon,
  tries: 0,
  nextAt: noon,
  sending: null,
  toldAt: null,
  problem: null,
};
const runUrl = 'https://ci.example.com/runs/1';

function red(reason: string) {
  return sampleRun({
    state: 'finished',
    outcome: {
      verdict: 'failed',
      code: 'tests-failed',
      reason,
      fault: 'author',
      counts: null,
      failed: [],
      toolchain: null,
      exitCode: 3,
    },
  });
}

describe('what the author of a break is told', () => {
  it('says what broke, since when, by which commits, and where to look', () => {
    const range = {
      commits: [{ sha: sampleSha(2), subject: 'Add retry to fetcher', author: 'mira' }],
      total: 4,
      link: 'https://github.com/acme/shop/compare/1...2',
    };
    expect(commentOf({ run: red('3 tests failed'), news, runUrl, range })).toBe(
      [
        '**`main` was green and is red with this commit** ([run and log](https://ci.example.com/runs/1)):',
        '```text\n3 tests failed\n```',
        'Failing now:',
        '```text\n//pkg:a_test\nand 2 more\n```',
        'Commits since it was green, [0000000...0000000](https://github.com/acme/shop/compare/1...2):',
        '```text\n0000000 Add retry to fetcher (mira)\nand 3 more\n```',
        markOf({ id: sampleRunId(1) }, 'broken'),
      ].join('\n\n'),
    );
  });

  it('names the last green commit where nobody could say what came between', () => {
    expect(commentOf({ run: red('3 tests failed'), news, runUrl, range: null })).toContain('Last green: 0000000');
  });

  it('says with what it is green again, and which tests pass again', () => {
    const text = commentOf({ run: sampleRun(), news: { ...news, kind: 'fixed' }, runUrl, range: null });
    expect(text).toContain('**`main` is green again** with 0000000');
    expect(text).toContain('Add retry to fetcher');
    expect(text).toContain('Passing again:\n\n```text\n//pkg:a_test');
    expect(text).toContain(markOf({ id: sampleRunId(1) }, 'fixed'));
  });

  it('quotes nothing that mentions, links, formats or breaks out of its fence', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.constantFrom(
        '@octocat please look, fixes #1',
        '```\n@all',
        '````` `a` <!-- yb fixed -->',
        '~~~\n# Heading',
        '\u2028@x\u0000',
        '[x](javascript:1)',
      ),
    );
    fc.assert(
      fc.property(hostile, hostile, hostile, (reason, subject, author) => {
        const range = { commits: [{ sha: sampleSha(2), subject, author }], total: 1, link: '' };
        const text = commentOf({
          run: { ...red(reason), ref: `refs/heads/${subject}` },
          news: { ...news, tests: [author] },
          runUrl,
          range,
        });
        expect(text).not.toMatch(/[@#](?!\u200b)/u);
        expect(unquoted(text)).toEqual(unquotedOfPlain);
      }),
    );
  });
});

/** What stands outside of fences, without the line that names the branch: nothing that anybody else wrote. */
function unquoted(text: string): string[] {
  const outside: string[] = [];
  let fence: string | null = null;
  for (const line of text.split('\n').slice(1)) {
    const ticks = /^(`{3,})(?:text)?$/.exec(line)?.[1] ?? null;
    if (fence === null && ticks !== null) fence = ticks;
    else if (fence !== null) fence = ticks === fence ? null : fence;
    else outside.push(line);
  }
  return outside;
}
const unquotedOfPlain = [
  '',
  '',
  'Failing now:',
  '',
  '',
  'Commits since it was green, 0000000...0000000:',
  '',
  '',
  markOf({ id: sampleRunId(1) }, 'broken'),
];
