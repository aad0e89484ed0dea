import { colourOf } from '../../../shared/branch/health.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { PersonsRepository } from '../../../shared/outside/github.ts';
import type { Run } from '../../../shared/run/run.ts';
import type { Documents } from '../../../shared/outside/documents.ts';
import { isShownToEverybody, readRegistered } from '../../../shared/store/repositories.ts';
import { readSecrets } from '../../../shared/store/repository-secrets.ts';
import { latestRuns } from '../../../shared/store/runs.ts';
import { readVolumes } from '../../../shared/store/volumes.ts';
import type { Volume } from '../../../shared/volume/volume.ts';
import { allows } from '../access/access.ts';
import type { Registered, Registration } from '../acts/registration.ts';
import type { HookHealth } from '../../../shared/repository/hook-health.ts';
import { readHookCheck } from '../../../shared/store/hook-checks.ts';
import { hookHealth } from './hook.ts';
import { type KeyRow, keyRows } from './keys.ts';
import { type ListFilter, type ListRequest, readRunList } from './run-list.ts';

/** How a branch stands. */
export interface BranchHealth {
  /** The newest run with a verdict about the code. */
  readonly last: Run;
  readonly colour: 'green' | 'red';
  /** The first run of this colour in a row, as far as was looked. */
  readonly since: Run;
  /** It has this colour for longer than was looked. */
  readonly longer: boolean;
}

export interface RepositoryModel {
  readonly repository: PersonsRepository;
  readonly registered: boolean;
  /** Also to who is not signed in. */
  readonly shownToEverybody: boolean;
  readonly mayWrite: boolean;
  readonly mayAdmin: boolean;
  readonly now: Date;
  /** What the runs that are shown have in common. */
  readonly filter: ListFilter;
  readonly health: BranchHealth | null;
  readonly runs: readonly Run[];
  readonly volumes: readonly Volume[];
  /** For administrators alone: nothing for everybody else. */
  readonly keys: readonly KeyRow[];
  /** For administrators alone. */
  readonly hook: HookHealth | null;
  /** Where the list goes on, for older ones. */
  readonly next: string | null;
}

const lookBack = 15;

export async function readRepositoryModel(
  options: {
    readonly documents: Documents;
    readonly registration: Registration;
    readonly clock: Clock;
  },
  repository: PersonsRepository,
  request: Omit<ListRequest, 'repoId'>,
): Promise<RepositoryModel> {
  const { documents, clock } = options;
  const repoId = repository.id;
  const defaultRef = `refs/heads/${repository.defaultBranch}`;
  const mayAdmin = allows(repository, 'admin');
  const [registered, secrets, check, volumes, listed, health] = await Promise.all([
    mayAdmin ? options.registration.read(repoId) : withoutKeys(documents, repoId),
    mayAdmin ? readSecrets(documents, repoId) : [],
    mayAdmin ? readHookCheck(documents, repoId) : null,
    readVolumes(documents, repoId),
    readRunList(documents, { repoId, ...request }),
    readHealth(documents, repoId, defaultRef),
  ]);
  const now = clock.now();
  return {
    repository,
    registered: registered !== null,
    shownToEverybody: registered !== null && isShownToEverybody(registered.repository),
    mayWrite: allows(repository, 'write'),
    mayAdmin,
    now,
    filter: { branch: request.branch, verdict: request.verdict, author: request.author },
    health,
    runs: listed.runs,
    volumes: volumes.map(({ value }) => value).sort((left, right) => left.index - right.index),
    keys: registered === null || !mayAdmin ? [] : keyRows({ fullName: repository.fullName, registered, secrets, now }),
    hook: registered === null || registered.hook === null ? null : hookHealth(registered.hook, check?.value ?? null),
    next: listed.next,
  };
}

async function withoutKeys(documents: Documents, repoId: string): Promise<Registered | null> {
  const stored = await readRegistered(documents, repoId);
  return stored === null ? null : { repository: stored.value, hook: null };
}

/** How a branch stands by its newest runs; null where none of them says. @param ref in full */
export async function readHealth(documents: Documents, repoId: string, ref: string): Promise<BranchHealth | null> {
  const recent = await latestRuns(documents, { repoId, ref, limit: lookBack });
  return healthOf(recent.map(({ value }) => value));
}

/** How a branch stands by its runs, newest first. What says nothing of the code (cancelled, no machine) does not count. */
export function healthOf(runs: readonly Run[]): BranchHealth | null {
  const telling = runs.filter((run) => colourOf(run) !== null);
  const [last] = telling;
  const colour = last === undefined ? null : colourOf(last);
  if (last === undefined || colour === null) return null;
  const change = telling.findIndex((run) => colourOf(run) !== colour);
  const since = change === -1 ? telling.at(-1) : telling[change - 1];
  return { last, colour, since: since ?? last, longer: change === -1 && runs.length >= lookBack };
}
