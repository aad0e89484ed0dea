import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { YbError } from '../../../shared/errors.ts';
import { fenced, holds, leased, released, stillFenced, unfenced } from '../../../shared/volume/lease.ts';
import { chooseVolume } from '../../../shared/volume/choice.ts';
import { noon, sampleRun, sampleRunId, sampleSha, sampleVolume, workingRun } from '../../support/sample-run.ts';

const warmAt = (sha: string, ref: string, minute = 0) => ({
  sha,
  ref,
  finishedAt: new Date(noon.getTime() + minute * 60_000),
  toolchain: '4.2.3',
});

const ended = { reason: 'Bazel crashed', at: noon };

describe('a lease', () => {
  it('has an epoch that only grows, through any number of leases and ends', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('good', 'suspect'), { maxLength: 20 }), (ends) => {
        let volume = sampleVolume();
        for (const condition of ends) {
          if (volume.state !== 'free') break;
          const taken = leased(volume, { id: sampleRunId(1), attempt: 1 });
          expect(taken.epoch).toBe(volume.epoch + 1);
          volume = released(taken, { condition, warm: null, ...ended });
          expect(volume.epoch).toBe(taken.epoch);
        }
      }),
    );
  });

  it('is refused on a volume that is not free', () => {
    for (const state of ['leased', 'fenced', 'quarantined', 'cleaning', 'retiring'] as const) {
      expect(() => leased(sampleVolume({ state }), { id: sampleRunId(1), attempt: 1 })).toThrow(YbError);
    }
  });

  it('belongs to one attempt of one run under one epoch', () => {
    const run = workingRun();
    const volume = leased(sampleVolume(), run);
    expect(holds(volume, run)).toBe(true);
    expect(holds(volume, { ...run, id: sampleRunId(2) })).toBe(false);
    expect(holds(volume, { ...run, attempt: 2 })).toBe(false);
    expect(holds({ ...volume, epoch: 2 }, run)).toBe(false);
    expect(holds(released(volume, { condition: 'good', warm: null, ...ended }), run)).toBe(false);
  });

  it('stays fenced whatever the clock says, until its writer is gone, and comes to the same then', () => {
    const volume = leased(sampleVolume({ failures: 1 }), workingRun());
    fc.assert(
      fc.property(fc.constantFrom('good', 'suspect'), fc.array(fc.nat(10_000_000)), (condition, times) => {
        let waits = fenced(volume, { condition, warm: null, ...ended });
        for (const time of times) {
          waits = stillFenced(waits, 'its Pod is there', new Date(noon.getTime() + time));
          expect(waits).toMatchObject({ state: 'fenced', holder: volume.holder, epoch: volume.epoch });
          expect(() => leased(waits, workingRun())).toThrow(YbError);
        }
        const end = { condition, warm: null, ...ended };
        expect(unfenced(waits, noon)).toEqual(released(volume, end));
      }),
    );
  });

  it('puts a volume aside after two failures in a row of its own, and forgets them at a success', () => {
    const end = (condition: 'good' | 'suspect', volume = sampleVolume()) =>
      released(leased(volume, { id: sampleRunId(1), attempt: 1 }), { condition, warm: null, ...ended });
    expect(end('suspect').state).toBe('free');
    expect(end('suspect', end('suspect')).state).toBe('quarantined');
    expect(end('suspect', end('good', end('suspect'))).state).toBe('free');
  });
});

describe('the choice of a volume', () => {
  const need = { run: sampleRun({ ref: 'refs/heads/feature' }), defaultRef: 'refs/heads/main' };
  const volumes = {
    cold: sampleVolume({ index: 0 }),
    other: sampleVolume({ index: 1, warm: warmAt(sampleSha(90), 'refs/heads/other') }),
    main: sampleVolume({ index: 2, warm: warmAt(sampleSha(91), 'refs/heads/main') }),
    branch: sampleVolume({ index: 3, warm: warmAt(sampleSha(92), 'refs/heads/feature') }),
    base: sampleVolume({ index: 4, warm: warmAt(need.run.before, 'refs/heads/other') }),
    same: sampleVolume({ index: 5, warm: warmAt(need.run.sha, 'refs/heads/other') }),
  };

  it('takes the warmest, in any order of the candidates', () => {
    const ranking = ['same', 'base', 'branch', 'main', 'other', 'cold'] as const;
    for (const [place, name] of ranking.entries()) {
      const candidates = ranking.slice(place).map((key) => volumes[key]);
      fc.assert(
        fc.property(fc.shuffledSubarray(candidates, { minLength: candidates.length }), (shuffled) => {
          expect(chooseVolume(shuffled, need)).toEqual(volumes[name]);
        }),
      );
    }
  });

  it('takes the most recently used among equals, and not one on which this run failed before', () => {
    const older = sampleVolume({ index: 0, warm: warmAt(sampleSha(90), 'refs/heads/main', 1) });
    const newer = sampleVolume({ index: 1, warm: warmAt(sampleSha(91), 'refs/heads/main', 2) });
    expect(chooseVolume([older, newer], need)).toEqual(newer);
    const past = {
      attempt: 1,
      volume: 1,
      verdict: 'infrastructure',
      code: 'x',
      exitCode: null,
      reason: 'x',
      finishedAt: noon,
    } as const;
    const again = { ...need, run: { ...need.run, pastAttempts: [past] } };
    expect(chooseVolume([older, newer], again)).toEqual(older);
    // If no other is free it is taken all the same.
    expect(chooseVolume([newer], again)).toEqual(newer);
  });

  it('never crosses trust classes and never takes what is not free', () => {
    const kind = fc.record({
      index: fc.nat(20),
      state: fc.constantFrom('free' as const, 'leased' as const, 'quarantined' as const, 'retiring' as const),
      trust: fc.constantFrom('trusted' as const, 'fork' as const),
    });
    fc.assert(
      fc.property(fc.array(kind), fc.constantFrom('trusted' as const, 'fork' as const), (kinds, trust) => {
        const all = kinds.map((one) => sampleVolume(one));
        const chosen = chooseVolume(all, { ...need, run: { ...need.run, trust } });
        if (chosen === null) expect(all.some((one) => one.state === 'free' && one.trust === trust)).toBe(false);
        else expect([chosen.state, chosen.trust]).toEqual(['free', trust]);
      }),
    );
  });
});
