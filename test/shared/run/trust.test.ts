import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newRun } from '../../../shared/run/transitions.ts';
import { isTrusted, trustOf } from '../../../shared/run/trust.ts';
import { noon, sampleRequest } from '../../support/sample-run.ts';

describe('the trust in a ref', () => {
  it.each([
    ['refs/heads/main', 'trusted'],
    ['refs/heads/refs/pull/1/head', 'trusted'],
    ['refs/heads/gh-readonly-queue/main/pr-1', 'trusted'],
    ['refs/pull/1/head', 'fork'],
    ['refs/pull/1/merge', 'fork'],
    ['refs/tags/v1', 'fork'],
    ['refs/remotes/origin/refs/heads/main', 'fork'],
    ['main', 'fork'],
    ['', 'fork'],
    ['REFS/HEADS/main', 'fork'],
    [' refs/heads/main', 'fork'],
  ] as const)('%j is %s', (ref, trust) => {
    expect(trustOf(ref)).toBe(trust);
    expect(isTrusted(trustOf(ref))).toBe(trust === 'trusted');
  });

  it('of a run comes from its ref alone, whatever else is asked for', () => {
    fc.assert(
      fc.property(fc.string(), fc.record({ trust: fc.constantFrom('trusted', 'fork') }), (end, forged) => {
        const request = { ...sampleRequest({ ref: `refs/pull/${end}` }), ...forged };
        expect(newRun(request, noon).trust).toBe('fork');
      }),
    );
  });
});
