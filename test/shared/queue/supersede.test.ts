import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { superseding, type SupersedeRule } from '../../../shared/queue/supersede.ts';
import type { Run } from '../../../shared/run/run.ts';
import { inAge } from '../../../shared/run/commit-report.ts';
import { noon, sampleRun, sampleRunId } from '../../support/sample-run.ts';

const push = { source: 'push', delivery: null, actor: 'mira' } as const;
const side = 'refs/heads/side';
const run = (number: number, changes: Partial<Run> = {}): Run =>
  sampleRun({
    id: sampleRunId(number),
    ref: side,
    trigger: push,
    pushedAt: new Date(noon.getTime() + number * 1000),
    ...changes,
  });
const rules = { defaultRef: 'refs/heads/main', rule: 'side-branches' } as const;
const ids = (runs: readonly Run[]) => runs.map(({ id }) => id);

describe('a push', () => {
  it('ends what is older and unfinished on its branch, and nothing else', () => {
    const others = [
      run(1),
      run(2, { state: 'running' }),
      run(3, { state: 'finished' }),
      run(4, { cancel: { by: 'mira', at: noon, newer: null } }),
      run(5, { ref: 'refs/heads/other' }),
      run(9),
    ];
    expect(ids(superseding(run(6), others.slice(0, 5), rules).older)).toEqual([1, 2].map(sampleRunId));
  });

  it('that came late is ended itself, by the newest', () => {
    expect(superseding(run(1), [run(2), run(3, { state: 'finished' })], rules).by?.id).toBe(sampleRunId(3));
  });

  it.each<[string, Partial<Run>, SupersedeRule, boolean]>([
    ['a side branch', {}, 'side-branches', true],
    ['the default branch', { ref: 'refs/heads/main' }, 'side-branches', false],
    ['the default branch, where its owner says so', { ref: 'refs/heads/main' }, 'all', true],
    ['any branch, where its owner says never', {}, 'never', false],
    ['the merge queue', { ref: 'refs/heads/gh-readonly-queue/main/pr-1-abc' }, 'all', false],
    ['a branch, by hand', { trigger: { ...push, source: 'manual' } }, 'all', false],
    ['a branch, by a commit for which nobody vouches', { vouched: false }, 'all', false],
  ])('on %s', (_where, changes, rule, ends) => {
    const about = { ...rules, rule };
    expect(superseding(run(2, changes), [run(1, { ref: changes.ref ?? side })], about).older).toHaveLength(
      ends ? 1 : 0,
    );
    expect(superseding(run(1, { ref: changes.ref ?? side }), [run(2, changes)], about).by === null).toBe(!ends);
  });

  it('leaves the newest alone, in whatever order pushes are heard of', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(50), { minLength: 1, maxLength: 8 }), (numbers) => {
        const known: Run[] = [];
        const ended = new Set<string>();
        for (const number of numbers) {
          const one = run(number);
          const { older, by } = superseding(one, known, rules);
          for (const { id } of older) ended.add(id);
          if (by !== null) ended.add(one.id);
          known.push(one);
        }
        const newest = known.reduce((left, right) => (inAge(left, right) > 0 ? left : right));
        expect(known.filter(({ id }) => !ended.has(id))).toEqual([newest]);
      }),
    );
  });
});
