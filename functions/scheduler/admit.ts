import { errorCode, YbError } from '../../shared/errors.ts';
import type { Work } from '../../shared/log.ts';
import type { RunRequested } from '../../shared/messages/messages.ts';
import type { Messenger } from '../../shared/messages/messenger.ts';
import { endedInQueue, outcomeWithoutJob } from '../../shared/run/outcome.ts';
import type { Run } from '../../shared/run/run.ts';
import { isOrder } from '../../shared/run/trigger.ts';
import { type SkipMark, skipped } from '../../shared/run/skip.ts';
import { changed, newRun } from '../../shared/run/transitions.ts';
import { isTrusted } from '../../shared/run/trust.ts';
import { pullOf } from '../../shared/run/approval.ts';
import type { Repository } from '../../shared/store/repositories.ts';
import type { Stored } from '../../shared/store/record.ts';
import { createRun, latestRuns, readTombstone, replaceTombstone, saveRun } from '../../shared/store/runs.ts';
import { restOf, thinOut } from './crowd.ts';
import { followPush } from './follow.ts';
import type { RefreshOptions } from './refresh.ts';
import { type Look, look, notRegistered, withRun } from './look.ts';
import { place, type Placed, type PlaceOptions, turnsFor } from './place.ts';
import { supersede } from './supersede.ts';
import { checkIdentity, mayAppear, vouch, type VouchOptions, type Word } from './vouch.ts';

export interface AdmitOptions extends VouchOptions, PlaceOptions, RefreshOptions {
  readonly github: VouchOptions['github'] & RefreshOptions['github'];
  readonly messenger: Messenger;
}

/** Of a branch no more runs are unfinished: each push ends those before it. */
const branchWindow = 10;

/**
 * Creates the run's document, once however often it is asked for, and places what can be placed. A commit that is not on the
 * branch is turned away: it may be anybody's.
 * @returns as {@link place}
 */
export async function admit(options: AdmitOptions, request: RunRequested, work: Work): Promise<Placed | null> {
  checkIdentity(request);
  const { seen, ofBranch } = await lookFor(options, request, work);
  if (pullOf(request.ref) !== null && seen.repository.value.settings.forks === 'never') {
    work.note({ created: false, forks: 'never' });
    return null;
  }
  const asked = await askedRun(options, seen, request, work);
  if (asked === null) return null;
  const { run, word } = asked;
  const ofFork = !isTrusted(run.trust);
  const turns = turnsFor(options, seen, run.skip === null && !ofFork);
  const [created] = await Promise.all([createRun(options.documents, admitted(run, word, run.createdAt)), turns]);
  work.note({ created: created !== null });
  if (created === null) await endIfCancelled(options, run, work);
  const known = created ?? ofBranch.find(({ value }) => value.id === run.id) ?? null;
  const ended = await overtake(options, seen, known, ofBranch);
  work.note({ superseded: ended.size || undefined });
  // A run that was there already is among the queued ones, or has gone further than that.
  if (ofFork) return await withoutPlace(options, seen.repository.value, run);
  const others = await vouchForWaiting(options, seen, word === 'vouched' ? request.runId : null);
  const queued = withRun(others, created).filter(({ value }) => !ended.has(value.id));
  const placed = await place(options, { ...seen, queued }, work, { runId: request.runId, turns });
  // One that did not start says that it waits; if an earlier delivery died before this line, it is said now.
  if (!placed.started.has(request.runId)) {
    await options.messenger.publish({ v: 1, type: 'run.changed', runId: request.runId });
    const waiting = queued.map(({ value }) => value).filter(({ id }) => !placed.started.has(id));
    work.note({ gaveWay: (await thinOut(options, seen.repository.value, waiting)) ?? undefined });
  }
  return placed;
}

/**
 * The run as it is to be written down, with GitHub's word; null of a commit that is not where the request says.
 * @throws YbError `github-unavailable` where GitHub may only not show it yet: said to Pub/Sub, which asks again
 */
async function askedRun(
  options: AdmitOptions,
  seen: Look,
  request: RunRequested,
  work: Work,
): Promise<{ readonly run: Run; readonly word: Exclude<Word, 'elsewhere'> } | null> {
  const now = options.clock.now();
  const { customer, settings } = seen.repository.value;
  const skip = skipped({ ...request, source: request.trigger.source, skip: request.skip }, settings);
  const run = newRun(request, now, { customer, skip });
  const [word, rest] = await Promise.all([
    wordFor(options, seen, run),
    skip === null && !isOrder(request.trigger) ? restOf(options, seen.repository.value) : null,
  ]);
  work.note({ github: word });
  if (word === 'elsewhere') {
    if (mayAppear(request, now))
      throw new YbError('github-unavailable', 'GitHub does not show the commit on its branch');
    return null;
  }
  if (rest === null) return { run, word };
  return { run: { ...run, notBefore: rest.until, nextLookAt: rest.until, waitReason: rest.reason }, word };
}

/** Ends runs of the branch that this one has overtaken, or the run itself. @returns the ids of those that were ended */
async function overtake(
  options: AdmitOptions,
  { repository }: Look,
  run: Stored<Run> | null,
  ofBranch: readonly Stored<Run>[],
): Promise<ReadonlySet<string>> {
  if (run === null || run.value.outcome?.verdict === 'skipped') return new Set();
  const others = ofBranch.map(({ value }) => value);
  return await supersede(options, repository.value, run.value, others);
}

/** What is true of the repository, once what the request tells of it was followed, and the newest runs of the branch. */
async function lookFor(
  options: AdmitOptions,
  request: RunRequested,
  work: Work,
): Promise<{ readonly seen: Look; readonly ofBranch: readonly Stored<Run>[] }> {
  const { documents } = options;
  const [before, ofBranch] = await Promise.all([
    look(documents, request.repoId),
    latestRuns(documents, { repoId: request.repoId, ref: request.ref, limit: branchWindow }),
  ]);
  const followed = await followPush(options, before.repository, request);
  if (followed !== null) work.note({ repository: followed });
  const seen = followed === null ? before : await look(documents, request.repoId);
  if (seen.repository.value.stopped !== null) throw notRegistered(request.repoId);
  return { seen, ofBranch };
}

/**
 * A fork's run waits for somebody's word, or takes a volume that is made for it alone. Whoever is told sees to that.
 * @returns nothing: no run of the repository was placed
 */
async function withoutPlace({ messenger }: AdmitOptions, { id }: Repository, run: Run): Promise<null> {
  await messenger.publish({ v: 1, type: 'run.changed', runId: run.id });
  if (run.state === 'queued') await messenger.publish({ v: 1, type: 'volume.freed', repoId: id });
  return null;
}

/** Its author did not want its tests; GitHub is told so, and nobody waits. */
function withoutTests(run: Run, mark: SkipMark, at: Date): Run {
  const why = { code: 'skipped', verdict: 'skipped', fault: 'nobody', reason: `Skipped: ${mark}` } as const;
  return changed(run, { type: 'finished', outcome: outcomeWithoutJob(why), log: null, phases: {}, at });
}

/** Somebody ended the run before it was told of: it is over, and people see that. */
async function endIfCancelled({ documents, clock }: AdmitOptions, run: Run, work: Work): Promise<void> {
  const tombstone = await readTombstone(documents, run.id);
  if (tombstone === null) return;
  const { by, at } = tombstone.value.cancel;
  const vouched = changed(run, { type: 'vouched' });
  const ended = endedInQueue(changed(vouched, { type: 'cancel-requested', by, at, newer: null }), clock.now());
  await replaceTombstone(documents, tombstone, ended);
  work.note({ cancelled: 'ahead' });
}

/** GitHub's word; while it says nothing, the run is written down, so that people see that it waits for that. */
async function wordFor(options: AdmitOptions, seen: Look, run: Run): Promise<Word> {
  try {
    return await vouch(options, seen.repository.value, run);
  } catch (error) {
    // Of a pull request nothing is said that could wait; the message comes again.
    if (pullOf(run.ref) !== null) throw error;
    await createRun(options.documents, changed(run, { type: 'waits', reason: 'GitHub does not answer' }));
    throw error;
  }
}

function admitted(run: Run, word: Exclude<Word, 'elsewhere'>, at: Date): Run {
  if (word === 'vouched') {
    const vouched = changed(run, { type: 'vouched' });
    return run.skip === null ? vouched : withoutTests(vouched, run.skip, at);
  }
  const reason = "The code host refuses the repository's credential, or does not show it the repository.";
  const outcome = outcomeWithoutJob({ code: 'bad-credential', reason });
  return changed(run, { type: 'finished', outcome, log: null, phases: {}, at });
}

/**
 * The waiting runs, after asking GitHub about those of which it had nothing to say; `known` was asked about just now. One that turns
 * out to be on no branch ends: it may be anybody's.
 */
export async function vouchForWaiting(options: AdmitOptions, seen: Look, known: string | null): Promise<Stored<Run>[]> {
  const { documents, clock } = options;
  const asked = await Promise.all(
    seen.queued.map(async (stored) => {
      const run = stored.value;
      if (run.vouched) return stored;
      const word = run.id === known ? 'vouched' : await vouch(options, seen.repository.value, run).catch(() => null);
      const now = clock.now();
      if (word === null || (word === 'elsewhere' && mayAppear({ requestedAt: run.createdAt.toISOString() }, now)))
        return stored;
      const next = word === 'elsewhere' ? turnedAway(run, now) : admitted(run, word, now);
      return await saveRun(documents, stored, next).catch((error: unknown) => {
        // Whoever was faster goes on with it.
        if (errorCode(error) !== 'conflict') throw error;
        return stored;
      });
    }),
  );
  return asked.filter(({ value }) => value.state === 'queued');
}

function turnedAway(run: Run, at: Date): Run {
  const reason = 'The code host does not have the commit on the branch that the run names.';
  const outcome = outcomeWithoutJob({ code: 'commit-gone', reason, verdict: 'superseded', fault: 'nobody' });
  return changed(run, { type: 'finished', outcome, log: null, phases: {}, at });
}
