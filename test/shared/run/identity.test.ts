import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PushIdentity, runIdOfClick, runIdOfPush } from '../../../shared/run/identity.ts';

const sha = fc.stringMatching(/^[0-9a-f]{40}$/);
const push: fc.Arbitrary<PushIdentity> = fc.record({
  repoId: fc.nat().map(String),
  ref: fc.string({ unit: 'grapheme', minLength: 1 }).map((name) => `refs/heads/${name}`),
  before: sha,
  after: sha,
  pushedAt: fc.date({ noInvalidDate: true }),
});

describe('the id of a run', () => {
  it('is 26 characters of [a-z2-7], the same for the same push', () => {
    fc.assert(
      fc.property(push, (one) => {
        expect(runIdOfPush(one)).toMatch(/^[a-z2-7]{26}$/);
        expect(runIdOfPush({ ...one })).toBe(runIdOfPush(one));
      }),
    );
  });

  it('differs as soon as one part of the push differs', () => {
    fc.assert(
      fc.property(push, push, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(runIdOfPush(one) === runIdOfPush(other)).toBe(same);
      }),
    );
  });

  it('tells apart pushes whose parts would read alike when put together', () => {
    const base = { before: '0'.repeat(40), after: '1'.repeat(40), pushedAt: new Date(0) };
    expect(runIdOfPush({ ...base, repoId: '1', ref: '2refs' })).not.toBe(
      runIdOfPush({ ...base, repoId: '12', ref: 'refs' }),
    );
  });

  it('makes three runs of pushing forth, back and forth again', () => {
    const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
    const at = (second: number): Date => new Date(second * 1000);
    const ids = [
      runIdOfPush({ repoId: '1', ref: 'refs/heads/x', before: a, after: b, pushedAt: at(1) }),
      runIdOfPush({ repoId: '1', ref: 'refs/heads/x', before: b, after: a, pushedAt: at(2) }),
      runIdOfPush({ repoId: '1', ref: 'refs/heads/x', before: a, after: b, pushedAt: at(3) }),
    ];
    expect(new Set(ids).size).toBe(3);
  });

  it('of a click comes from its random bytes', () => {
    expect(runIdOfClick('42', '0102')).toMatch(/^[a-z2-7]{26}$/);
    expect(runIdOfClick('42', '0102')).toBe(runIdOfClick('42', '0102'));
    expect(runIdOfClick('42', '0102')).not.toBe(runIdOfClick('42', '0103'));
    expect(runIdOfClick('42', '0102')).not.toBe(runIdOfClick('43', '0102'));
  });
});
