import { describe, expect, it } from 'vitest';
import { disappearedTests } from '../../../shared/bazel/disappeared.ts';

describe('tests that disappeared', () => {
  it('are those of before that are not there now, sorted and each once', () => {
    expect(disappearedTests(['//b:b'], ['//c:c', '//a:a', '//b:b', '//c:c'])).toEqual(['//a:a', '//c:c']);
  });

  it('are none when nothing is known of before, or nothing is gone', () => {
    expect(disappearedTests(['//a:a'], null)).toEqual([]);
    expect(disappearedTests(['//a:a', '//new:new'], ['//a:a'])).toEqual([]);
    expect(disappearedTests([], [])).toEqual([]);
  });
});
