import { describe, expect, it } from 'vitest';
import { localPath, testlogsPath } from '../../../shared/bazel/local-files.ts';

describe('the path of a file URI', () => {
  it.each([
    ['file:///vol/ob/test.log', '/vol/ob/test.log'],
    ['file:///vol/a%20b/test.log', '/vol/a b/test.log'],
    ['bytestream://cache/blobs/abc/1', null],
    ['https://example.com/test.log', null],
    ['file://elsewhere/test.log', null],
    ['file:///a%2Fb', null],
    ['/vol/test.log', null],
    ['', null],
    [undefined, null],
  ])('%s', (uri, path) => {
    expect(localPath(uri)).toBe(path);
  });
});

describe('the part of a path below testlogs', () => {
  it.each([
    ['/vol/ob/execroot/s/bazel-out/k8-fastbuild/testlogs/a/b_test/test.log', 'a/b_test/test.log'],
    ['/vol/testlogs/testlogs/b_test/test.log', 'testlogs/b_test/test.log'],
    ['/vol/testlogs/../../etc/passwd', null],
    ['/vol/testlogs/a//test.log', null],
    ['/vol/testlogs/./test.log', null],
    ['/vol/testlogs', null],
    ['/vol/other/test.log', null],
    ['/vol/testlogs/a\0b', null],
  ])('%s', (path, below) => {
    expect(testlogsPath(path)).toBe(below);
  });
});
