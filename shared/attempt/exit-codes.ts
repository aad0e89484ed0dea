/** Exit codes of the checkout program. Bazel uses none of these numbers. */
export const checkoutExitCodes = {
  ok: 0,
  /** The volume has seen a greater epoch: the lease is another attempt's by now. */
  staleLease: 81,
  /** Neither the update, nor an empty tree, nor an empty mirror led to the commit. */
  checkoutFailed: 82,
  /** The host no longer has the commit. */
  commitGone: 83,
  /** Neither MODULE.bazel nor WORKSPACE nor WORKSPACE.bazel at the root. */
  noWorkspace: 84,
  badConfiguration: 85,
  /** The host refused the repository's credential (401, 403 or 404). */
  badCredential: 86,
  /** The volume has no room for the run, also after everything that can be made again was removed. */
  volumeFull: 87,
  /** A submodule or a file of Git LFS is not to be had: the host does not have it, or not for this credential. */
  sourcesMissing: 88,
  /** What only checkout writes on the volume cannot be read or written: the epoch, or the disk itself. */
  volumeDamaged: 89,
} as const;

/** Exit codes of the build script; every other one is Bazel's own. */
export const buildExitCodes = {
  /** Another process holds the volume's lock. */
  volumeBusy: 90,
  /** No Bazel in the image, or none of the version that `.bazelversion` asks for. */
  noBazel: 91,
} as const;

/**
 * What the build script did between two tries of Bazel, as `repairs[].action` in the result says it. The verdict reads
 * these: an output base that was dropped in vain tells of a damaged volume, space that was freed in vain of a full one.
 */
export const repairActions = {
  retried: 'retried',
  outputBaseRemoved: 'output-base-removed',
  installBaseRemoved: 'install-base-removed',
  spaceFreed: 'space-freed',
  /** Before Bazel's first try, since the volume had no room for the run: with exit code 0. */
  oldEntriesRemoved: 'old-cache-entries-removed',
  diskCacheRemoved: 'disk-cache-removed',
  outputsRemoved: 'outputs-removed',
  everythingRemoved: 'everything-removed',
} as const;
