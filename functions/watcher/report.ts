import { githubMilliseconds } from '../../shared/github/caller.ts';
import type { Credentials } from '../../shared/github/credentials.ts';
import type { GitHubOfRepositories } from '../../shared/outside/github.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import { YbError, errorCode, publicMessage } from '../../shared/errors.ts';
import {
  type CommitReport,
  isSame,
  lacksRights,
  mayCorrect,
  nextReportStep,
  refused,
  reported,
  type ReportStep,
  spoken,
  verified,
  type Wanted,
} from '../../shared/run/commit-report.ts';
import { crowdedCommits, givesRoom, toldWith } from '../../shared/run/room.ts';
import { approvalEnds } from '../../shared/run/approval.ts';
import { Run } from '../../shared/run/run.ts';
import { statusesOf } from '../../shared/run/status.ts';
import { changed } from '../../shared/run/transitions.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import { commitReportPath, countToldWith, readCommitReport, reportWrite } from '../../shared/store/commit-reports.ts';
import { commitChange, type Stored, updateOf } from '../../shared/store/record.ts';
import { readRepository, rightsOf } from '../../shared/store/repositories.ts';
import { saveRun, untilRunWritten } from '../../shared/store/runs.ts';

export interface ReportOptions {
  readonly documents: Documents;
  readonly github: GitHubOfRepositories;
  readonly credentials: Credentials;
  readonly dashboardUrl: string;
  readonly clock: Clock;
}

/** Longer than the two calls to GitHub may take together: after it, whoever was sending is gone. */
const sendingMilliseconds = 3 * githubMilliseconds;

/** A run, and what a record of its commit says with it. */
interface Told {
  readonly run: Stored<Run>;
  readonly before: Stored<CommitReport> | null;
  readonly record: CommitReport;
  /** When another record of the commit is due. */
  readonly also: Date | null;
}

/** What came of telling one thing. */
interface Said {
  readonly run: Stored<Run>;
  readonly said: string;
  /** When it is to be looked at again; null if nothing is due. */
  readonly due: Date | null;
}

/**
 * Makes GitHub show of the run's commit what its newest run is, or finds out that it never will. What is being sent is written down
 * first, so that two reporters never send at the same time and a crash between sending and writing down is noticed.
 * @returns the run as it is now, and what happened, for the log. @throws YbError `conflict` if somebody else was faster
 */
export async function reportStatus(
  options: ReportOptions,
  run: Stored<Run>,
): Promise<{ readonly run: Stored<Run>; readonly said: string }> {
  // Of a commit for which GitHub did not vouch, nothing is said.
  if (!run.value.vouched) return { run: await lookAgain(options, run, null), said: 'not-vouched' };
  let so: Said = { run, said: '', due: null };
  const all = statusesOf(run.value, options.dashboardUrl);
  for (const [index, wanted] of all.entries()) {
    // Whoever dies between two of them is followed by another.
    const also = index === all.length - 1 ? so.due : options.clock.now();
    const next = await reportOne(options, so.run, wanted, also);
    const said = so.said === '' ? next.said : `${so.said}, ${next.said}`;
    so = { run: next.run, said, due: earlier(so.due, next.due) };
  }
  return so;
}

async function reportOne(options: ReportOptions, run: Stored<Run>, wanted: Wanted, also: Date | null): Promise<Said> {
  const { repoId, sha } = run.value;
  const before = await readCommitReport(options.documents, { repoId, sha, context: wanted.status.context });
  const record = spoken(before?.value ?? null, run.value, wanted, options.clock.now());
  if (record === null) return { run: await lookAgain(options, run, also), said: 'a-newer-run-speaks', due: null };
  return await report(options, { run, before, record, also });
}

async function report(options: ReportOptions, told: Told): Promise<Said> {
  const step = nextReportStep(told.record, options.clock.now());
  switch (step.type) {
    case 'settled':
      return { run: (await write(options, told, null)).run, said: 'settled', due: null };
    case 'wait': {
      const { sending } = told.record;
      // Whoever sends now may send something older than this; the tick would notice only after a while.
      if (sending !== null && step.until <= sending.until)
        throw new YbError('conflict', 'a status of this commit is being sent');
      if (await isNewCredential(options, told)) return await send(options, told, { type: 'send', readBack: false });
      return { run: (await write(options, told, step.until)).run, said: 'waits', due: step.until };
    }
    case 'send':
    case 'verify':
      return await send(options, told, step);
  }
}

/** What the one before was refused need not be refused to the one that took its place. */
async function isNewCredential({ documents }: ReportOptions, { run, record }: Told): Promise<boolean> {
  if (!lacksRights(record) || record.trouble === null) return false;
  const repository = await readRepository(documents, run.value.repoId);
  const addedAt = repository?.value.credential?.addedAt;
  return addedAt !== undefined && addedAt > record.trouble.at;
}

async function send(
  options: ReportOptions,
  told: Told,
  step: Extract<ReportStep, { readonly type: 'send' | 'verify' }>,
): Promise<Said> {
  const until = new Date(options.clock.now().getTime() + sendingMilliseconds);
  const marked = await write(options, { ...told, record: { ...told.record, sending: { until } } }, undefined);
  const { said, record } = await tell(options, marked.record, step, marked.run.value);
  // What was not told is told by the next look, which comes when the record says; one that must not wait is told at once.
  const after = nextReportStep(record, options.clock.now());
  const due = after.type === 'settled' ? null : after.type === 'wait' ? after.until : options.clock.now();
  // Nobody else knows what came of it. Of a run that has changed meanwhile there is more to tell.
  return await untilRunWritten(options.documents, marked.run, async (run) => {
    const next = run === marked.run ? due : options.clock.now();
    return { run: (await write(options, { ...marked, record, run }, next)).run, said, due: next };
  });
}

async function tell(
  options: ReportOptions,
  record: CommitReport,
  step: Extract<ReportStep, { readonly type: 'send' | 'verify' }>,
  run: Run,
): Promise<{ readonly said: string; readonly record: CommitReport }> {
  const { github, clock } = options;
  const { state, description, targetUrl, rank } = record.desired;
  const { context } = record;
  let unknown: 'was-sent' | 'still' | 'no' = step.type === 'send' && step.readBack ? 'still' : 'no';
  try {
    const { token, fullName, rights } = await reach(options, run);
    const commit = { fullName, sha: record.sha };
    const asks = step.type === 'verify' || step.readBack;
    const shown = asks ? await github.readStatus(token, commit, context) : null;
    const shows = asks && isSame(shown, record.desired);
    if (step.type === 'verify' && (shows || !mayCorrect(record))) return { said: 'verified', record: verified(record) };
    if (shows) return { said: 'was-shown', record: reported(record, { written: false }, clock.now()) };
    if (givesRoom(record)) await makeRoom(options, rights);
    unknown = 'was-sent';
    await github.writeStatus(token, commit, { state, description, targetUrl, context });
    const now = clock.now();
    return { said: `sent-${rank}`, record: toldWith(reported(record, { written: true }, now), rights, now) };
  } catch (error) {
    const code = errorCode(error);
    const retryAt = error instanceof YbError ? error.retryAt : undefined;
    const next = refused(record, { code, words: publicMessage(error), retryAt, unknown }, clock.now());
    return { said: `${next.left ? 'given-up' : 'failed'}: ${code}`, record: next };
  }
}

/** @throws YbError `github-rate-limited` where what is only on its way is left out, so that last words come through */
async function makeRoom({ documents, clock }: ReportOptions, rights: string): Promise<void> {
  const count = await countToldWith(documents, rights, clock.now(), crowdedCommits);
  if (count >= crowdedCommits)
    throw new YbError('github-rate-limited', 'GitHub takes some 500 statuses an hour: only last words are told now');
}

async function reach(
  options: ReportOptions,
  run: Run,
): Promise<{ readonly token: string; readonly fullName: string; readonly rights: string }> {
  const repository = await readRepository(options.documents, run.repoId);
  const token = repository === null ? null : await options.credentials.tokenFor(repository.value, 'status');
  // Of what went away nobody will have one again.
  if (repository === null || (token === null && repository.value.stopped !== null))
    throw new YbError('not-found', 'the repository is no longer registered');
  if (token === null) throw new YbError('github-unauthorized', 'the repository has no credential for its statuses');
  return { token, fullName: repository.value.fullName, rights: rightsOf(repository.value) };
}

/**
 * Stores the record, and with it when the run is to be looked at again: one that is over not at all, when nothing is due.
 * @param due of the status; undefined while that is still being found out
 */
async function write(
  { documents }: ReportOptions,
  told: Told,
  due: Date | null | undefined,
): Promise<Told & { readonly before: Stored<CommitReport> }> {
  const next =
    due === undefined
      ? told.run.value
      : changed(told.run.value, { type: 'look-again', at: nextLook(told.run.value, earlier(told.also, due)) });
  const record = reportWrite(told.before, told.record);
  const run = updateOf(Run, told.run, next);
  const writes = [record, run].filter((one) => one !== null);
  const versions = writes.length === 0 ? [] : await commitChange(documents, writes);
  const path = commitReportPath(told.record);
  const version = (record === null ? undefined : versions[0]) ?? told.before?.version;
  if (version === undefined) throw new YbError('internal', 'a record was stored without its version');
  const runVersion = run === null ? told.run.version : (versions.at(-1) ?? told.run.version);
  return {
    run: { ...told.run, value: next, version: runVersion },
    before: { value: told.record, path, version },
    record: told.record,
    also: told.also,
  };
}

async function lookAgain({ documents }: ReportOptions, run: Stored<Run>, due: Date | null): Promise<Stored<Run>> {
  return await saveRun(documents, run, changed(run.value, { type: 'look-again', at: nextLook(run.value, due) }));
}

/** When a run is to be looked at next, with what is due of its status. Pure. */
function nextLook(run: Run, status: Date | null): Date | null {
  if (run.state === 'awaiting-approval') return earlier(status, approvalEnds(run));
  if (run.state !== 'finished') return run.nextLookAt;
  return earlier(earlier(status, run.archive?.nextAt ?? null), run.news?.nextAt ?? null);
}

function earlier(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}
