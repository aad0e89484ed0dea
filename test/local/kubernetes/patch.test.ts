import { describe, expect, it } from 'vitest';
import { applyPatch, mergePatch } from '../../../local/kubernetes/patch.ts';

describe('a merge patch', () => {
  // The examples of RFC 7396, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('makes of %j with %j %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  it('leaves what it is applied to as it was', () => {
    const target = { a: { b: 1 } };
    mergePatch(target, { a: { b: 2 } });

    expect(target).toEqual({ a: { b: 1 } });
  });
});

describe('a JSON patch', () => {
  const type = 'application/json-patch+json';

  it.each([
    [[{ op: 'add', path: '/b', value: 2 }], { a: { 'x/y': 1 }, b: 2 }],
    [[{ op: 'replace', path: '/a/x~1y', value: 3 }], { a: { 'x/y': 3 } }],
    [[{ op: 'remove', path: '/a' }], {}],
    [[{ op: 'test', path: '/a/x~1y', value: 1 }], { a: { 'x/y': 1 } }],
  ])('does %j', (operations, result) => {
    expect(applyPatch({ a: { 'x/y': 1 } }, type, operations)).toEqual(result);
  });

  it.each([
    [[{ op: 'test', path: '/a', value: 2 }]],
    [[{ op: 'add', path: '/none/b', value: 2 }]],
    [[{ op: 'move', path: '/a', from: '/b' }]],
    [{}],
  ])('refuses %j', (operations) => {
    expect(() => applyPatch({ a: 1 }, type, operations)).toThrow(expect.objectContaining({ status: 400 }));
  });
});
