import * as z from 'zod';

/** What a commit's author writes where its tests are not wanted. */
export const SkipMark = z.enum(['[skip ci]', '[ci skip]']);
export type SkipMark = z.output<typeof SkipMark>;

/** Branches that GitHub makes for its merge queue: their runs belong to their commits, each of which is waited for. */
const mergeQueue = 'refs/heads/gh-readonly-queue/';

export function isMergeQueue(ref: string): boolean {
  return ref.startsWith(mergeQueue);
}

const mark = /\[(?:skip ci|ci skip)\]/i;

/**
 * The mark in a commit's message, in its first line or its last one that says something, in any case of letters; null if there is none.
 * In between it may be talked of. Pure.
 */
export function skipMarkOf(message: string): SkipMark | null {
  const lines = message.split(/\r?\n/).filter((line) => line.trim() !== '');
  const found = mark.exec(lines[0] ?? '') ?? mark.exec(lines.at(-1) ?? '');
  return found === null ? null : SkipMark.parse(found[0].toLowerCase());
}

/** Why a push has no run: its commit says so, its owner has not forbidden that, and nobody waits for this very commit. Pure. */
export function skipped(
  push: { readonly ref: string; readonly source: string; readonly skip: SkipMark | undefined },
  settings: { readonly skipCi?: boolean | undefined },
): SkipMark | null {
  if (push.skip === undefined || push.source !== 'push' || settings.skipCi === false || isMergeQueue(push.ref))
    return null;
  return push.skip;
}
