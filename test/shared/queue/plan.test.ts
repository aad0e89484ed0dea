import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inOrder, planRepository } from '../../../shared/queue/plan.ts';
import type { Volume } from '../../../shared/volume/volume.ts';
import { noon, sampleRun, sampleRunId, sampleSha, sampleVolume } from '../../support/sample-run.ts';

const run = (number: number, minute = number) =>
  sampleRun({ id: sampleRunId(number), sha: sampleSha(number), pushedAt: new Date(noon.getTime() + minute * 60_000) });

describe('the plan of a repository', () => {
  it('starts runs in the order of their push, each on a volume of its own, and says why the others wait', () => {
    const plan = planRepository({
      queued: [run(3), run(1), run(2)],
      volumes: [sampleVolume({ index: 0 }), sampleVolume({ index: 1 })],
      defaultRef: 'refs/heads/main',
    });
    expect(plan.placements.map(({ run: { id } }) => id)).toEqual([sampleRunId(1), sampleRunId(2)]);
    expect(new Set(plan.placements.map(({ volume }) => volume.index)).size).toBe(2);
    expect(plan.waiting).toEqual([{ run: run(3), reason: 'waits for one of 2 volumes', stuck: false }]);
  });

  it('gives nothing to a run that was read as waiting and holds a volume by now, and all to those who wait', () => {
    const holder = { runId: sampleRunId(1), attempt: 1, jobUid: null };
    const volumes = [sampleVolume({ index: 0, state: 'leased', holder }), sampleVolume({ index: 1 })];
    const plan = planRepository({ queued: [run(1), run(2)], volumes, defaultRef: 'refs/heads/main' });
    expect(plan.placements.map(({ run: { id } }) => id)).toEqual([sampleRunId(2)]);
    expect(plan.waiting).toEqual([]);
    // The attempt before may still hold one, while its Pod will not end.
    const again = { ...run(1), attempt: 2 };
    const next = planRepository({ queued: [again, run(2)], volumes, defaultRef: 'refs/heads/main' });
    expect(next.placements.map(({ run: { id } }) => id)).toEqual([sampleRunId(1)]);
  });

  it('never gives one volume twice nor one that is taken, and leaves nobody out', () => {
    const volume = fc.record({ state: fc.constantFrom('free' as const, 'leased' as const, 'quarantined' as const) });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 50 })),
        fc.array(volume, { maxLength: 8 }),
        (numbers, states) => {
          const queued = numbers.map((number) => run(number, 100 - number));
          const volumes = states.map((state, index) => sampleVolume({ ...state, index }));
          const plan = planRepository({ queued, volumes, defaultRef: 'refs/heads/main' });
          const used = plan.placements.map((placement) => placement.volume.index);
          expect(new Set(used).size).toBe(used.length);
          expect(plan.placements.every((placement) => placement.volume.state === 'free')).toBe(true);
          expect(plan.placements.length + plan.waiting.length).toBe(queued.length);
          const free = volumes.filter(({ state }) => state === 'free').length;
          expect(plan.placements).toHaveLength(Math.min(free, queued.length));
          // First come, first served.
          const order = inOrder(queued).map(({ id }) => id);
          expect(plan.placements.map((placement) => placement.run.id)).toEqual(order.slice(0, plan.placements.length));
        },
      ),
    );
  });

  it('breaks ties by arrival', () => {
    const first = { ...run(9, 0), createdAt: noon };
    const second = { ...run(1, 0), createdAt: new Date(noon.getTime() + 1) };
    expect(inOrder([second, first])).toEqual([first, second]);
  });

  it('says that volumes were put aside, what keeps them from being cleaned, and that there is none', () => {
    const record = { reason: 'x', since: null, dueAt: noon, tries: 1, problem: null, job: null, replaces: null };
    const aside = sampleVolume({ state: 'quarantined', cleaning: record });
    const cleaning = sampleVolume({ index: 1, state: 'cleaning', cleaning: record });
    const leased = sampleVolume({ index: 2, state: 'leased' });
    const reasons = (...volumes: Volume[]) =>
      planRepository({ queued: [run(1)], volumes, defaultRef: 'refs/heads/main' }).waiting.map(({ reason, stuck }) => [
        reason,
        stuck,
      ]);
    expect(reasons(leased)).toEqual([['waits for the volume of the repository', false]]);
    expect(reasons(aside)).toEqual([['waits until a volume has been cleaned', true]]);
    expect(reasons(aside, cleaning)).toEqual([['waits until a volume has been cleaned', true]]);
    expect(reasons({ ...aside, cleaning: { ...record, problem: 'no such disk' } }, cleaning)).toEqual([
      ['waits until a volume has been cleaned, which does not succeed: no such disk', true],
    ]);
    expect(reasons(aside, cleaning, leased)).toEqual([['waits for one of 3 volumes (2 being cleaned)', false]]);
    expect(reasons(sampleVolume({ state: 'retiring' }), leased)).toEqual([
      ['waits for one of 2 volumes (1 put aside)', false],
    ]);
    expect(reasons(sampleVolume({ trust: 'fork' }))).toEqual([['this repository has no volume', true]]);
  });
});
