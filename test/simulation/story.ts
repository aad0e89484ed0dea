import { createHmac } from 'node:crypto';
import type { RunCancelled } from '../../shared/messages/messages.ts';
import { pullOf, refOfPull } from '../../shared/run/approval.ts';
import { runIdOfPull, runIdOfPush } from '../../shared/run/identity.ts';
import type { FakeRepository } from '../world/github.ts';
import type { World } from '../world/installation.ts';
import type { Draw } from './draw.ts';

/** Something that somebody outside of the installation does. */
export type Deed =
  | { readonly type: 'push'; readonly push: Push }
  /** GitHub or somebody else sends the same bytes again. */
  | { readonly type: 'again'; readonly push: Push }
  | { readonly type: 'start'; readonly repository: Place; readonly ref: string }
  | { readonly type: 'cancel'; readonly runId: string }
  /** Somebody with write access lets a run start, if it waits for that. */
  | { readonly type: 'approve'; readonly runId: string }
  | { readonly type: 'scale'; readonly repository: Place; readonly volumes: number }
  /** GitHub calls it otherwise from now on. */
  | { readonly type: 'rename'; readonly repository: Place; readonly name: string; readonly told: boolean }
  /** It goes to another account, or its owner takes the App off it. `told` says whether word of it gets out. */
  | { readonly type: 'leave'; readonly repository: Place; readonly to: string | null; readonly told: boolean }
  /** The order to cancel, before or after anything. */
  | { readonly type: 'cancel-order'; readonly message: RunCancelled }
  /** A document of a run that nobody can read. */
  | { readonly type: 'spoiled'; readonly id: string; readonly fields: Readonly<Record<string, unknown>> }
  /** A message that nobody should have sent. */
  | { readonly type: 'forged'; readonly topic: 'pushes' | 'orders' | 'volumes' | 'run-changes'; readonly text: string };

export interface Place {
  readonly id: string;
  readonly fullName: string;
  readonly customer: string;
  readonly hookKey: string;
  /** Whether the GitHub App is installed on it; else it has a token of its own. */
  readonly app: boolean;
}

/** What GitHub tells of: a push to a branch, or a commit that came to a pull request of a fork. */
export interface Push {
  readonly event: 'push' | 'pull_request';
  readonly place: Place;
  readonly ref: string;
  readonly sha: string;
  readonly runId: string;
  readonly body: string;
  readonly signature: string;
}

/** A commit that is on no branch of any repository. */
export const foreignSha = 'f'.repeat(40);
export const hookSecret = 'the secret of every hook of the story';
export const places: readonly [Place, ...Place[]] = [
  { id: '41', fullName: 'acme/one', customer: '7', hookKey: '4'.repeat(32), app: false },
  { id: '42', fullName: 'acme/two', customer: '7', hookKey: '5'.repeat(32), app: true },
  { id: '43', fullName: 'zeta/three', customer: '8', hookKey: '6'.repeat(32), app: true },
];
/** As many runs may go on at once: fewer than there are volumes. */
export const bounds = { runs: 3, runsOfCustomer: 2 };
const refs = ['refs/heads/main', 'refs/heads/main', 'refs/heads/side'] as const;

export interface Story {
  /** The newest commit of a branch; null for a repository that nobody has pushed to. */
  head(repoId: string, ref: string): string | null;
  /** The next deed, drawn when its time has come. @param runs ids of runs that somebody could know of */
  next(now: Date, runs: readonly string[]): Deed;
}

const shaOf = (number: number): string => number.toString(16).padStart(40, '0');

/** People, and others who would like to be taken for them. */
/** @param nameOf what GitHub calls a repository now */
export function createStory(draw: Draw, nameOf: (place: Place) => string): Story {
  const made = { commits: 100 };
  const heads = new Map<string, string[]>();
  const pushes: Push[] = [];
  const newPush = (now: Date): Push => {
    const place = draw.pick(places);
    const ref = draw.pick(refs);
    const key = `${place.id} ${ref}`;
    const history = heads.get(key) ?? [];
    const before = history.at(-1) ?? shaOf(1);
    made.commits += 1;
    // Now and then an older commit is pushed again, by force, or on another branch.
    const known = [...heads].flatMap(([name, shas]) => (name.startsWith(`${place.id} `) ? shas : []));
    const old = draw.chance(0.15) ? draw.pick(known) : undefined;
    const sha = old === undefined || old === before ? shaOf(made.commits) : old;
    heads.set(key, [...history, sha]);
    const pushedAt = Math.floor(now.getTime() / 1000);
    const body = JSON.stringify({
      ref,
      before,
      after: sha,
      repository: { id: Number(place.id), full_name: nameOf(place), pushed_at: pushedAt, default_branch: 'main' },
      sender: { login: 'mira' },
      head_commit: { message: draw.chance(0.1) ? 'Fix a typo\n\n[skip ci]' : 'Fix a typo', author: null },
    });
    const runId = runIdOfPush({ repoId: place.id, ref, before, after: sha, pushedAt: new Date(pushedAt * 1000) });
    const push = { event: 'push', place, ref, sha, runId, body, signature: signed(body) } as const;
    pushes.push(push);
    return push;
  };
  /** One pull request of a repository, to which commits come. */
  const newPull = (now: Date): Push => {
    const place = draw.pick(places);
    made.commits += 1;
    const sha = shaOf(made.commits);
    const number = pullOfPlace(place);
    const ref = refOfPull(number);
    const body = JSON.stringify({
      action: 'synchronize',
      repository: { id: Number(place.id), default_branch: 'main' },
      pull_request: {
        number,
        title: 'Fix a typo',
        updated_at: now.toISOString(),
        user: { login: 'mallory' },
        head: { sha, repo: { id: 999 } },
      },
      sender: { login: 'mallory' },
    });
    const runId = runIdOfPull({ repoId: place.id, ref, sha });
    const push = { event: 'pull_request', place, ref, sha, runId, body, signature: signed(body) } as const;
    pushes.push(push);
    return push;
  };
  return {
    head: (repoId, ref) => heads.get(`${repoId} ${ref}`)?.at(-1) ?? null,
    next(now, runs) {
      const luck = draw.fraction();
      const known = draw.pick(runs);
      const push = draw.pick(pushes);
      if (luck < 0.12 && push !== undefined) return { type: 'again', push };
      if (luck < 0.22) return { type: 'start', repository: draw.pick(places), ref: 'main' };
      if (luck < 0.32 && known !== undefined) return { type: 'cancel', runId: known };
      if (luck < 0.36 && push !== undefined) {
        const message = {
          v: 1,
          type: 'run.cancelled',
          runId: push.runId,
          by: 'writer',
          requestedAt: now.toISOString(),
        } as const;
        return { type: 'cancel-order', message };
      }
      if (luck < 0.42) return forged(draw, now);
      if (luck < 0.45) {
        made.commits += 1;
        const id = `spoiled${made.commits}`.padEnd(26, 'x');
        const fields = { id, repoId: draw.pick(places).id, state: 'queued', pushedAt: now, nextLookAt: now };
        return { type: 'spoiled', id, fields };
      }
      if (luck < 0.54) return { type: 'scale', repository: draw.pick(places), volumes: 1 + draw.below(4) };
      if (luck < 0.6) return { type: 'push', push: newPull(now) };
      if (luck < 0.68 && known !== undefined) return { type: 'approve', runId: known };
      if (luck < 0.7) {
        made.commits += 1;
        const repository = draw.pick(places);
        const name = `${repository.fullName}-${made.commits}`;
        return { type: 'rename', repository, name, told: draw.chance(0.7) };
      }
      if (luck < 0.71) {
        const repository = draw.pick(places);
        const isTransfer = !repository.app || draw.chance(0.5);
        return { type: 'leave', repository, to: isTransfer ? '9' : null, told: draw.chance(0.8) };
      }
      return { type: 'push', push: newPush(now) };
    },
  };
}

function signed(body: string): string {
  return `sha256=${createHmac('sha256', hookSecret).update(body).digest('hex')}`;
}

/** What GitHub has of a repository now. @throws Error where it is none of the story's */
export function repositoryOf({ github }: Pick<World, 'github'>, id: string): FakeRepository {
  const found = github.repositories_.find((one) => one.id === id);
  if (found === undefined) throw new Error(`GitHub has no repository ${id}`);
  return found;
}

/** Each repository has one, whose number is its own. */
export function pullOfPlace({ id }: Place): number {
  return Number(id);
}

/** In the right shape with wrong content, or in no shape at all. */
function forged(draw: Draw, now: Date): Deed {
  const { id } = draw.pick(places);
  const sha = foreignSha;
  const requestedAt = now.toISOString();
  const request = {
    v: 1,
    type: 'run.requested',
    repoId: id,
    ref: draw.pick(['refs/heads/main', refOfPull(Number(id))]),
    before: shaOf(1),
    sha,
    pushedAt: requestedAt,
    requestedAt,
    commit: null,
    defaultBranch: 'main',
    trust: 'trusted',
  };
  const trigger = { delivery: null, actor: 'mallory' };
  const pushedAt = new Date(requestedAt);
  const isPull = pullOf(request.ref) !== null;
  const runId = isPull
    ? runIdOfPull({ repoId: id, ref: request.ref, sha })
    : runIdOfPush({ repoId: id, ref: request.ref, before: request.before, after: sha, pushedAt });
  const deeds: readonly [Deed, ...Deed[]] = [
    {
      type: 'forged',
      topic: 'pushes',
      text: JSON.stringify({ ...request, runId, trigger: { ...trigger, source: isPull ? 'pull-request' : 'push' } }),
    },
    {
      type: 'forged',
      topic: 'orders',
      text: JSON.stringify({ ...request, runId, trigger: { ...trigger, source: 'manual' } }),
    },
    { type: 'forged', topic: 'volumes', text: JSON.stringify({ v: 1, type: 'volume.freed', repoId: '999' }) },
    { type: 'forged', topic: 'run-changes', text: JSON.stringify({ v: 1, type: 'run.changed', runId }) },
    { type: 'forged', topic: 'run-changes', text: '{"v":9}' },
  ];
  return draw.pick(deeds);
}
