import { describe, expect, it } from 'vitest';
import { YbError } from '../../shared/errors.ts';
import { repositoryPath } from '../../shared/store/repositories.ts';
import { runPath } from '../../shared/store/runs.ts';
import { sampleRunId, sampleSha } from '../support/sample-run.ts';
import { createMemoryDocuments } from '../world/documents.ts';
import { a, b, createRunsOfTests } from './runs-of-tests.ts';
import { changeDocument } from '../support/change-document.ts';

const green = { targets: [a('PASSED'), b('PASSED')] };
const red = { targets: [a('FAILED'), b('PASSED')] };
const minutes = 60_000;

async function setUp() {
  const here = createRunsOfTests(createMemoryDocuments());
  await here.register('42', 3);
  return {
    ...here,
    comments: (number: number) => here.github.comments_.get(sampleSha(number)) ?? [],
    all: () => [...here.github.comments_.values()].flat(),
    news: async (number: number) => (await here.run(sampleRunId(number))).news,
  };
}

describe('the default branch turning red', () => {
  it('tells the author once, with the commits since it was green, and once that it is green again', async () => {
    const here = await setUp();
    await here.finish(1, green);
    expect(here.all()).toEqual([]);
    await here.finish(2, red);
    await here.finish(3, red);
    expect(here.all()).toHaveLength(1);
    const [told = ''] = here.comments(2);
    expect(told).toContain('`main` was green and is red with this commit');
    expect(told).toContain(`compare/${sampleSha(1)}...${sampleSha(2)}`);
    expect(told).toContain(`Subject of ${sampleSha(2).slice(0, 7)} (mira)`);
    expect(told).toContain('//a:a_test');
    expect(told).toContain(`https://ci.example.com/runs/${sampleRunId(2)}`);
    await here.finish(4, green);
    await here.finish(5, green);
    expect(here.all()).toHaveLength(2);
    expect(here.comments(2)[1]).toContain('`main` is green again');
  });

  it('tells nothing twice, however often, and in whatever order, runs are looked at', async () => {
    const here = await setUp();
    await here.finish(1, green);
    for (const number of [2, 3, 4]) await here.push(number);
    await here.leave(2, red);
    await here.leave(3, green);
    await here.leave(4, red);
    await here.look(4);
    await here.lookAtOnce([2, 3]);
    await here.lookAtOnce([2, 3, 4, 4]);
    here.clock.advance(10 * minutes);
    await here.lookAtOnce([2, 3, 4]);
    expect(here.all()).toHaveLength(1);
    expect(here.comments(4)[0]).toContain('is red with this commit');
  });

  it('says nothing of other branches', async () => {
    const here = await setUp();
    await here.finish(1, green, { ref: 'refs/heads/topic' });
    await here.finish(2, red, { ref: 'refs/heads/topic' });
    expect(here.all()).toEqual([]);
  });

  it('excuses a test that is known to be flaky, unless it keeps failing', async () => {
    const here = await setUp();
    await here.finish(1, { targets: [a('FLAKY', { attempts: 2 }), b('PASSED')] });
    await here.finish(2, red);
    expect(here.all()).toEqual([]);
    await here.finish(3, red);
    expect(here.comments(3)).toHaveLength(1);
  });

  it('says nothing where the owner does not want it', async () => {
    const here = await setUp();
    await changeDocument(here.documents, repositoryPath('42'), { settings: { tellBroken: 'nothing' } });
    await here.finish(1, green);
    await here.finish(2, red);
    await here.finish(3, green);
    expect(here.all()).toEqual([]);
    expect(await here.news(2)).toMatchObject({ nextAt: null, toldAt: null, problem: null });
  });

  it('looks whether it is told already after an answer that was lost', async () => {
    let lost = true;
    const here = await setUp();
    const { comment } = here.github;
    here.github.comment = async (...said) => {
      await comment(...said);
      if (lost) throw new YbError('github-unavailable', 'no answer');
    };
    await here.finish(1, green);
    await here.finish(2, red);
    expect(await here.news(2)).toMatchObject({ toldAt: null, sending: expect.any(Date), problem: 'no answer' });
    lost = false;
    here.clock.advance(1 * minutes);
    await here.look(2);
    // What was given up may arrive late: it is not looked for before nothing can any more.
    expect(await here.news(2)).toMatchObject({ toldAt: null });
    here.clock.advance(4 * minutes);
    await here.look(2);
    expect(await here.news(2)).toMatchObject({ toldAt: expect.any(Date), sending: null, nextAt: null, problem: null });
    expect(here.all()).toHaveLength(1);
  });

  it('says it again where it did not arrive', async () => {
    let away = true;
    const here = await setUp();
    const { comment } = here.github;
    here.github.comment = async (...said) => {
      if (away) throw new YbError('github-unavailable', 'no answer');
      await comment(...said);
    };
    await here.finish(1, green);
    await here.finish(2, red);
    away = false;
    here.clock.advance(5 * minutes);
    await here.look(2);
    expect(here.comments(2)).toHaveLength(1);
  });

  it('does not say again what did not arrive and is not true any more', async () => {
    let away = true;
    const here = await setUp();
    const { comment } = here.github;
    here.github.comment = async (...said) => {
      if (away) throw new YbError('github-unavailable', 'no answer');
      await comment(...said);
    };
    await here.finish(1, green);
    await here.finish(2, red);
    await here.finish(3, green);
    away = false;
    here.clock.advance(5 * minutes);
    await here.look(2);
    await here.look(3);
    expect(here.all()).toEqual([]);
    expect(await here.news(2)).toMatchObject({ toldAt: null, nextAt: null, problem: null });
  });

  it('says nothing of an attempt that does not count', async () => {
    const here = await setUp();
    await here.finish(1, green);
    await here.push(2);
    await here.leave(2, { ...red, result: { oomKills: 1 } });
    await here.look(2);
    expect(await here.run(sampleRunId(2))).toMatchObject({ attempt: 2, pastAttempts: [{ verdict: 'broken' }] });
    await here.leave(2, green);
    await here.look(2);
    expect((await here.run(sampleRunId(2))).outcome?.verdict).toBe('passed');
    expect(here.all()).toEqual([]);
    expect(await here.news(2)).toBeNull();
    // The branch is as green as it was.
    await here.finish(3, red);
    expect(here.comments(3)).toHaveLength(1);
  });

  it('does not say what is not true any more', async () => {
    let away = true;
    const here = await setUp();
    const { comment } = here.github;
    here.github.comment = async (...said) => {
      if (away)
        throw new YbError('github-rate-limited', 'wait', {
          retryAt: new Date(here.clock.now().getTime() + 60 * minutes),
        });
      await comment(...said);
    };
    await here.finish(1, green);
    await here.finish(2, red);
    await here.finish(3, green);
    // Whether its author was told that it broke is not known yet.
    expect(await here.news(3)).toMatchObject({ toldAt: null, nextAt: expect.any(Date) });
    away = false;
    here.clock.advance(61 * minutes);
    await here.look(2);
    await here.look(3);
    expect(here.all()).toEqual([]);
    expect(await here.news(2)).toMatchObject({ toldAt: null, nextAt: null });
    expect(await here.news(3)).toMatchObject({ toldAt: null, nextAt: null });
  });

  it('keeps that it was said, whoever changes the run meanwhile', async () => {
    const here = await setUp();
    const { comment } = here.github;
    here.github.comment = async (...said) => {
      await comment(...said);
      await changeDocument(here.documents, runPath(sampleRunId(2)), { changedBy: 'another' });
    };
    await here.finish(1, green);
    await here.finish(2, red);
    expect(await here.news(2)).toMatchObject({ toldAt: expect.any(Date), sending: null, nextAt: null });
    await here.finish(3, green);
    expect(here.comments(2)).toHaveLength(2);
  });

  it('keeps why it could not be said, and does not ask for ever', async () => {
    const here = await setUp();
    let asked = 0;
    here.github.comment = async () => {
      asked += 1;
      return await Promise.reject(new YbError('github-unauthorized', 'the credential lacks a right at GitHub'));
    };
    await here.finish(1, green);
    await here.finish(2, red);
    here.clock.advance(600 * minutes);
    await here.look(2);
    expect(asked).toBe(1);
    expect(await here.news(2)).toMatchObject({ nextAt: null, problem: 'the credential lacks a right at GitHub' });
  });
});
