import { fileURLToPath } from 'node:url';

/** Where an attempt's files lie on the machine of the build. Never to be published. */
export interface AttemptFiles {
  readonly label: string;
  readonly run: number;
  readonly shard: number;
  readonly attempt: number;
  /** Absolute paths; null if there is none on that machine. */
  readonly log: string | null;
  readonly xml: string | null;
}

/** Where the output of a failing action lies on the machine of the build. Never to be published. */
export interface ActionFiles {
  readonly stdout: string | null;
  readonly stderr: string | null;
}

/** The path that a `file://` URI of this machine names; null for every other URI. */
export function localPath(uri: string | undefined): string | null {
  if (uri === undefined || !URL.canParse(uri)) return null;
  const url = new URL(uri);
  if (url.protocol !== 'file:') return null;
  try {
    return fileURLToPath(url);
  } catch {
    // Another host, or an encoded slash: not a path here.
    return null;
  }
}

/**
 * The part of a test file's path below Bazel's `testlogs`: `lib/math/math_test/shard_1_of_2/test.log`. Null if there is
 * none. It holds no `.` or `..`, but what lies there is as untrusted as the build that wrote it.
 */
export function testlogsPath(path: string): string | null {
  const parts = path.split('/');
  // The outermost one: a package may be called so too.
  const at = parts.indexOf('testlogs');
  const below = parts.slice(at + 1);
  if (at === -1 || below.length === 0) return null;
  return below.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))
    ? null
    : below.join('/');
}
