import type { Clock } from '../../shared/clock.ts';
import { checkoutExitCodes } from '../../shared/run/exit-codes.ts';
import { CheckoutFailure } from './failure.ts';
import { ensureFolder, removeLocks, removeTree } from './folders.ts';
import type { Git } from './git.ts';
import { askHost } from './host.ts';
import { ensureMirror, fetchCommit, GitFailure, hasCommit } from './mirror.ts';
import { type Report, seconds } from './report.ts';
import type { VolumeLayout } from './volume.ts';
import { updateWorkTree } from './work-tree.ts';

export interface ObtainOptions {
  readonly git: Git;
  readonly layout: VolumeLayout;
  readonly url: string;
  readonly token: string | null;
  readonly sha: string;
  readonly report: Report;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Before a fetch is tried again. */
  readonly retryDelayMs: number;
}

/** How much of what a volume holds is thrown away before a try. */
type Start = 'as it is' | 'with an empty tree' | 'with an empty mirror';
const starts: readonly Start[] = ['as it is', 'with an empty tree', 'with an empty mirror'];

/**
 * Brings the work tree to the commit: from what the volume holds, then from an empty tree, then from an empty mirror.
 * A host that refuses or cannot be reached costs the volume nothing of its warmth.
 * @throws CheckoutFailure
 */
export async function obtainCommit(options: ObtainOptions): Promise<void> {
  let words = '';
  for (const start of starts) {
    try {
      await clear(options.layout, start);
      if (start !== 'as it is') options.report.say(`once more, ${start}`);
      await obtainMirror(options);
      const started = options.clock.now().getTime();
      await updateWorkTree(options.git, { tree: options.layout.tree, sha: options.sha });
      options.report.say(`updated the work tree in ${seconds(options.clock.now().getTime() - started)}`);
      return;
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof CheckoutFailure || !(error instanceof Error)) throw error;
      words = error.message;
      options.report.say(`the checkout failed: ${words}`);
    }
  }
  throw new CheckoutFailure(checkoutExitCodes.checkoutFailed, `The commit could not be checked out: ${words}`);
}

async function clear(layout: VolumeLayout, start: Start): Promise<void> {
  await removeTree(`${layout.index}.lock`);
  await removeLocks(layout.mirror);
  if (start === 'as it is') return;
  await removeTree(layout.index);
  await removeTree(layout.tree);
  await ensureFolder(layout.tree, 0o755);
  if (start === 'with an empty mirror') await removeTree(layout.mirror);
}

async function obtainMirror(options: ObtainOptions): Promise<void> {
  await ensureFolder(options.layout.mirror, 0o700);
  await ensureMirror(options.git);
  if (await hasCommit(options.git, options.sha)) {
    options.report.say(`${options.sha.slice(0, 12)} is here already`);
    return;
  }
  const started = options.clock.now().getTime();
  await fetchOrExplain(options, 3);
  options.report.say(`fetched ${options.sha.slice(0, 12)} in ${seconds(options.clock.now().getTime() - started)}`);
}

/** Fetches; where that fails, the host is asked why, and only an answer that may change is waited for. */
async function fetchOrExplain(options: ObtainOptions, tries: number): Promise<void> {
  try {
    await fetchCommit(options.git, options);
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    options.signal.throwIfAborted();
    const answer = await askHost(options);
    switch (answer) {
      case 'refused':
        throw new CheckoutFailure(
          checkoutExitCodes.badCredential,
          "The code host refuses the repository's credential, or does not show it the repository.",
        );
      case 'gone':
        throw new CheckoutFailure(
          checkoutExitCodes.commitGone,
          `The commit ${options.sha.slice(0, 12)} is gone: the branch was probably rewritten.`,
        );
      case 'available':
      case 'unreachable':
        break;
    }
    if (tries > 1) {
      options.report.say(`the fetch failed and is tried again: ${error.message}`);
      await options.clock.sleep(options.retryDelayMs, options.signal);
      await fetchOrExplain(options, tries - 1);
      return;
    }
    // The host would send it: what is wrong is here, and an empty mirror may help.
    if (answer === 'available') throw error;
    throw new CheckoutFailure(checkoutExitCodes.checkoutFailed, `The code host cannot be reached: ${error.message}`);
  }
}
