import { expect, it } from 'vitest';
import { newsWords, toldWords } from '../../../functions/dashboard/words/told.ts';
import { CommitReport } from '../../../shared/run/commit-report.ts';
import type { News } from '../../../shared/run/news.ts';
import { noon, sampleRunId, sampleSha } from '../../support/sample-run.ts';

const trouble = { code: 'github-unauthorized', words: 'the credential lacks a right at GitHub', at: noon };

function report(changes: Partial<CommitReport> = {}): CommitReport {
  return CommitReport.parse({
    repoId: '42',
    sha: sampleSha(1),
    speaker: { runId: sampleRunId(1), pushedAt: noon, createdAt: noon },
    desired: { rank: 'final', state: 'success', description: 'x', targetUrl: 'x', since: noon },
    reported: null,
    sending: null,
    tries: 1,
    nextAt: null,
    verifyAt: null,
    corrected: 0,
    trouble: null,
    left: false,
    expireAt: noon,
    ...changes,
  });
}

it.each<[string, CommitReport | null, string | null]>([
  ['nothing was told yet', null, null],
  ['all is well', report(), null],
  [
    'another run speaks',
    report({ speaker: { runId: sampleRunId(2), pushedAt: noon, createdAt: noon } }),
    'a newer run of this commit speaks for it',
  ],
  ['it was given up', report({ trouble, left: true }), `given up: ${trouble.words}`],
  ['it is tried again', report({ trouble, nextAt: noon }), `${trouble.words}; tried again at 2026-03-01 12:00:00 UTC`],
  ['it is about to be tried', report({ trouble }), trouble.words],
])('where %s', (_what, given, words) => {
  expect(toldWords(sampleRunId(1), given)).toBe(words);
});

const news: News = {
  kind: 'broken',
  green: sampleSha(1),
  red: { runId: sampleRunId(2), sha: sampleSha(2) },
  tests: [],
  failed: 0,
  since: noon,
  tries: 0,
  nextAt: null,
  sending: null,
  toldAt: null,
  problem: null,
};

it.each<[string, News | null, string | null]>([
  ['there is none', null, null],
  ['it was told', { ...news, toldAt: noon }, 'that the branch broke, at 2026-03-01 12:00:00 UTC'],
  [
    'it is green again',
    { ...news, kind: 'fixed', toldAt: noon },
    'that the branch is green again, at 2026-03-01 12:00:00 UTC',
  ],
  ['nobody wants it', news, null],
  ['it was refused', { ...news, problem: trouble.words }, `not that the branch broke: ${trouble.words}`],
  [
    'it is to be told',
    { ...news, nextAt: noon },
    'not yet that the branch broke; tried again at 2026-03-01 12:00:00 UTC',
  ],
  [
    'it is tried again',
    { ...news, nextAt: noon, problem: 'no answer' },
    'not yet that the branch broke: no answer; tried again at 2026-03-01 12:00:00 UTC',
  ],
])('of news, where %s', (_what, given, words) => {
  expect(newsWords(given)).toBe(words);
});
