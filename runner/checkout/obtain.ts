import { withBackOff } from '../../shared/back-off.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Random } from '../../shared/outside/random.ts';
import { checkoutExitCodes } from '../../shared/attempt/exit-codes.ts';
import { CheckoutFailure, HostUnreachable, ModuleRefused } from './failure.ts';
import { ensureFolder, removeLocks, removeTree } from './folders.ts';
import type { Git } from './git.ts';
import { type HostAnswer, askHost } from './host.ts';
import { ensureMirror, fetchCommit, GitFailure, hasCommit } from './mirror.ts';
import { type Report, seconds } from './report.ts';

/** Where a repository's parts lie. */
export interface Place {
  readonly mirror: string;
  readonly index: string;
  readonly tree: string;
}

export interface ObtainOptions {
  readonly git: Git;
  readonly place: Place;
  readonly url: string;
  readonly token: string | null;
  readonly sha: string;
  /** The submodule's path, for people; null for the repository itself. */
  readonly module: string | null;
  /** Brings the work tree to the commit, which the mirror has by then. */
  readonly update: () => Promise<void>;
  readonly report: Report;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Before a fetch is tried again, about. */
  readonly retryDelayMs: number;
}

const tries = 3;

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
      await clear(options.place, start);
      if (start !== 'as it is') options.report.say(`once more, ${start}`);
      await obtainMirror(options);
      await options.update();
      return;
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof CheckoutFailure || !(error instanceof Error)) throw error;
      words = error.message;
      options.report.say(`the checkout failed: ${words}`);
    }
  }
  throw new CheckoutFailure(
    checkoutExitCodes.checkoutFailed,
    `${subject(options, 'The commit')} could not be checked out: ${words}`,
  );
}

async function clear(place: Place, start: Start): Promise<void> {
  await removeTree(`${place.index}.lock`);
  await removeLocks(place.mirror);
  if (start === 'as it is') return;
  await removeTree(place.index);
  await removeTree(place.tree);
  await ensureFolder(place.tree, 0o755);
  if (start === 'with an empty mirror') await removeTree(place.mirror);
}

async function obtainMirror(options: ObtainOptions): Promise<void> {
  await ensureFolder(options.place.mirror, 0o700);
  await ensureMirror(options.git);
  if (await hasCommit(options.git, options.sha)) {
    options.report.say(`${aboutModule(options)}${options.sha.slice(0, 12)} is here already`);
    return;
  }
  const started = options.clock.now().getTime();
  await fetchOrExplain(options);
  options.report.say(
    `${aboutModule(options)}fetched ${options.sha.slice(0, 12)} in ${seconds(options.clock.now().getTime() - started)}`,
  );
}

/** A fetch that may succeed later, and what the host said when it was asked why. */
class FetchFailure extends Error {
  readonly answer: HostAnswer;
  override readonly cause: GitFailure;

  constructor(answer: HostAnswer, cause: GitFailure) {
    super(cause.message);
    this.answer = answer;
    this.cause = cause;
  }
}

/** Fetches; where that fails, the host is asked why, and only an answer that may change is waited for. */
async function fetchOrExplain(options: ObtainOptions): Promise<void> {
  try {
    await withBackOff(async () => await fetchOnce(options), {
      ...options,
      tries,
      firstMilliseconds: options.retryDelayMs,
      worthIt: (error) => {
        if (!(error instanceof FetchFailure)) return false;
        options.report.say(`the fetch failed and is tried again: ${error.message}`);
        return true;
      },
    });
  } catch (error) {
    if (!(error instanceof FetchFailure)) throw error;
    // The host would send it: what is wrong is here, and an empty mirror may help.
    if (error.answer === 'available') throw error.cause;
    throw new HostUnreachable(`${hostOf(options)} cannot be reached: ${error.message}`);
  }
}

async function fetchOnce(options: ObtainOptions): Promise<void> {
  try {
    await fetchCommit(options.git, options);
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    options.signal.throwIfAborted();
    const answer = await askHost(options);
    throw refusalOf(options, answer) ?? new FetchFailure(answer, error);
  }
}

/** What waiting will not change. */
function refusalOf(options: ObtainOptions, answer: HostAnswer): CheckoutFailure | null {
  const { module, sha, url } = options;
  if (answer === 'available' || answer === 'unreachable') return null;
  if (module !== null) {
    return answer === 'refused'
      ? new ModuleRefused(
          `The submodule ${module} cannot be read from ${url}. If it is private, an administrator of both repositories ` +
            'names it with yb settings --submodules.',
        )
      : new CheckoutFailure(
          checkoutExitCodes.sourcesMissing,
          `The submodule ${module} has no commit ${sha.slice(0, 12)} at ${url}.`,
        );
  }
  return answer === 'refused'
    ? new CheckoutFailure(
        checkoutExitCodes.badCredential,
        "The code host refuses the repository's credential, or does not show it the repository.",
      )
    : new CheckoutFailure(
        checkoutExitCodes.commitGone,
        `The commit ${sha.slice(0, 12)} is gone: the branch was probably rewritten.`,
      );
}

function subject({ module }: ObtainOptions, otherwise: string): string {
  return module === null ? otherwise : `The submodule ${module}`;
}

function hostOf({ module, url }: ObtainOptions): string {
  return module === null ? 'The code host' : `${new URL(url).host}, where the submodule ${module} is,`;
}

function aboutModule({ module }: ObtainOptions): string {
  return module === null ? '' : `submodule ${module}: `;
}
