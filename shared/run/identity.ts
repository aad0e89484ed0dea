import { createHash } from 'node:crypto';
import type { Random } from '../outside/random.ts';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** What makes a push itself and no other: GitHub's redelivery of it, or a second hook, tells the same five things. */
export interface PushIdentity {
  readonly repoId: string;
  /** In full. */
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  /**
   * `repository.pushed_at`, so that pushing the same commits again later is another run;
   * null where GitHub does not tell it, and then it is the same run.
   */
  readonly pushedAt: Date | null;
}

/** The id of a push's run: 26 characters of [a-z2-7], equal for equal identities whatever told of them. */
export function runIdOfPush(push: PushIdentity): string {
  return digest(['push', push.repoId, push.ref, push.before, push.after, String(push.pushedAt?.getTime() ?? '')]);
}

/**
 * The id of the run of a pull request's commit: who allows it allows this commit of this pull request, however often GitHub tells of it.
 * @param ref of the pull request's head, in full
 */
export function runIdOfPull({
  repoId,
  ref,
  sha,
}: {
  readonly repoId: string;
  readonly ref: string;
  readonly sha: string;
}): string {
  return digest(['pull', repoId, ref, sha]);
}

const clickBytes = 16;

/** Of one thing to click, wherever it is shown, or of one command. */
export function newClick(random: Random): string {
  return Buffer.from(random.bytes(clickBytes)).toString('hex');
}

/**
 * The id of a run that somebody asked for: equal for equal clicks on one repository, so that a double click is one run.
 * @param click made once where the person was shown what to click, in hexadecimal
 */
export function runIdOfClick(repoId: string, click: string): string {
  return digest(['click', repoId, click]);
}

/** 130 bits of SHA-256 over the parts, each with its length in front so that no two lists read alike. */
function digest(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  const bytes = hash.digest();
  let id = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 5 && id.length < 26) {
      held -= 5;
      id += alphabet[(bits >> held) & 31];
    }
    bits &= (1 << held) - 1;
  }
  return id;
}
