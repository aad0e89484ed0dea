import type { Clock } from '../../../shared/outside/clock.ts';
import type { Random } from '../../../shared/outside/random.ts';
import { YbError } from '../../../shared/errors.ts';
import { noCommit } from '../../../shared/ids.ts';
import type { GitHub } from '../../../shared/outside/github.ts';
import type { RunRequested } from '../../../shared/messages/messages.ts';
import type { Messenger } from '../../../shared/messages/messenger.ts';
import { newClick, runIdOfClick } from '../../../shared/run/identity.ts';
import { type Run, shortRef } from '../../../shared/run/run.ts';
import { newRun } from '../../../shared/run/transitions.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import { readRegistered } from '../../../shared/store/repositories.ts';
import { readRun } from '../../../shared/store/runs.ts';
import type { Changing } from '../access/audit.ts';
import type { OfRepository, OfRun } from '../access/gate.ts';

/** A run that somebody asked for. `seen` is false if it has been accepted, but nobody has written it down yet. */
export interface Started {
  readonly run: Run;
  readonly seen: boolean;
}

/** How somebody wants a run. */
export interface How {
  /** Made where the person was shown what to click. */
  readonly click?: string | undefined;
  /** Whether results of tests that a cache has count; they do if it is left out. */
  readonly cache?: boolean;
}

export interface Starter {
  /**
   * Starts the newest commit of a branch, short (`main`) or in full. The same click again gives the same run.
   * @throws YbError `unprocessable` for what is no branch, or in a repository that is not registered
   */
  branch(asked: Changing<OfRepository>, ref: string, how?: How): Promise<Started>;
  /** Starts the same commit of the same ref again. */
  again(asked: Changing<OfRun>, how?: How): Promise<Started>;
  /** Lets a fork's commit run; nothing happens to one that waits for no such word. @returns the run after that, as soon as it is seen */
  approve(asked: Changing<OfRun>): Promise<Run>;
  /** Asks for the end of a run; nothing happens to one that has ended. */
  cancel(asked: Changing<OfRun>): Promise<void>;
}

const waitMilliseconds = 5_000;
const lookMilliseconds = 100;

export function createStarter(options: {
  readonly documents: Documents;
  readonly messenger: Messenger;
  readonly github: GitHub;
  readonly clock: Clock;
  readonly random: Random;
}): Starter {
  const { documents, messenger, github, clock, random } = options;

  const start = async (
    what: Pick<RunRequested, 'repoId' | 'ref' | 'before' | 'sha' | 'trigger' | 'commit' | 'defaultBranch'>,
    { click = newClick(random), cache = true }: How,
  ): Promise<Started> => {
    const now = clock.now();
    const request: RunRequested = {
      v: 1,
      type: 'run.requested',
      runId: runIdOfClick(what.repoId, click),
      pushedAt: now.toISOString(),
      requestedAt: now.toISOString(),
      ...(cache ? {} : { uncached: true }),
      ...what,
    };
    await messenger.publish(request);
    const run = await appeared(request.runId);
    return run === null ? { run: newRun(request, now), seen: false } : { run, seen: true };
  };
  /** The run as soon as it is written down, and as it should be; null after a while. */
  const appeared = async (runId: string, isSo: (run: Run) => boolean = () => true): Promise<Run | null> => {
    const end = clock.now().getTime() + waitMilliseconds;
    let wait = lookMilliseconds;
    while (clock.now().getTime() < end) {
      await clock.sleep(wait);
      const stored = await readRun(documents, runId);
      if (stored !== null && isSo(stored.value)) return stored.value;
      wait = Math.min(wait * 1.5, 500);
    }
    return null;
  };

  return {
    async branch({ caller, repository, change }, wanted, how = {}) {
      change.tell(wanted);
      const ref = fullRef(wanted);
      if ((await readRegistered(documents, repository.id)) === null) {
        throw new YbError(
          'unprocessable',
          `${repository.fullName} is not set up here yet. An administrator of it types: yb setup-repo`,
        );
      }
      const found = await github.resolveRef(caller.token, repository.fullName, ref);
      if (found === null) {
        throw new YbError('unprocessable', `${repository.fullName} has no branch "${shortRef(ref)}" on GitHub`);
      }
      const request = {
        repoId: repository.id,
        ref,
        before: noCommit,
        sha: found.sha,
        trigger: { source: 'manual', delivery: null, actor: change.by.login },
        commit: found.commit,
        defaultBranch: repository.defaultBranch,
      } as const;
      const started = await start(request, how);
      change.tell(`${started.run.id} of ${wanted}`);
      return started;
    },
    async again({ run, change }, how = {}) {
      change.tell(run.id);
      const { repoId, ref, before, sha, commit } = run;
      const trigger = { source: 'rerun', delivery: null, actor: change.by.login } as const;
      const started = await start({ repoId, ref, before, sha, commit, trigger, defaultBranch: null }, how);
      change.tell(`${started.run.id}, as ${run.id}`);
      return started;
    },
    async approve({ run, change }) {
      change.tell(`${run.id}, commit ${run.sha}`);
      if (run.state !== 'awaiting-approval') return run;
      const requestedAt = clock.now().toISOString();
      await messenger.publish({ v: 1, type: 'run.approved', runId: run.id, by: change.by.login, requestedAt });
      return (await appeared(run.id, ({ state }) => state !== 'awaiting-approval')) ?? run;
    },
    async cancel({ run, change }) {
      change.tell(run.id);
      if (run.state === 'finished') return;
      await messenger.publish({
        v: 1,
        type: 'run.cancelled',
        runId: run.id,
        by: change.by.login,
        requestedAt: clock.now().toISOString(),
      });
    },
  };
}

/** A branch in full. What git itself would refuse as a name (git-check-ref-format) is refused before GitHub is asked. */
function fullRef(wanted: string): string {
  if (wanted.startsWith('refs/pull/')) {
    throw new YbError(
      'unprocessable',
      'Pull requests cannot be run by hand yet: only branches of the repository itself',
    );
  }
  if (wanted.startsWith('refs/') && !wanted.startsWith('refs/heads/')) {
    throw new YbError('unprocessable', 'Only branches can be run: give a name such as main or refs/heads/main');
  }
  const name = shortRef(wanted);
  // eslint-disable-next-line no-control-regex -- control characters are what a name may not hold
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|^[/-]|[/.]$|(?:^|\/)\.|\.lock(?:$|\/)/.test(name) || name === '@') {
    throw new YbError('unprocessable', 'This cannot be the name of a branch');
  }
  return `refs/heads/${name}`;
}
