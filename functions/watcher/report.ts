import { githubMilliseconds } from '../../shared/github/caller.ts';
import type { Credentials } from '../../shared/github/credentials.ts';
import type { GitHubOfRepositories } from '../../shared/outside/github.ts';
import type { Clock } from '../../shared/outside/clock.ts';
import { YbError, errorCode, publicMessage } from '../../shared/errors.ts';
import type { Run, StatusReport } from '../../shared/run/run.ts';
import { nextStatusStep, nextStatusTry, statusOf, statusContext } from '../../shared/run/status.ts';
import type { Documents } from '../../shared/outside/documents.ts';
import type { Stored } from '../../shared/store/record.ts';
import { readRepository } from '../../shared/store/repositories.ts';
import { saveRun } from '../../shared/store/runs.ts';

export interface ReportOptions {
  readonly documents: Documents;
  readonly github: GitHubOfRepositories;
  readonly credentials: Credentials;
  readonly dashboardUrl: string;
  readonly clock: Clock;
}

/** Longer than the two calls to GitHub may take together: after it, whoever was sending is gone. */
const sendingMilliseconds = 3 * githubMilliseconds;

/**
 * Makes GitHub show what the run is, or finds out that it never will. What is being sent is written down first, so that two
 * reporters never send at the same time and a crash between sending and writing down is noticed.
 * @returns what happened, for the log. @throws YbError `conflict` if the run changed meanwhile
 */
export async function reportStatus(options: ReportOptions, stored: Stored<Run>): Promise<string> {
  const run = stored.value;
  if (!run.vouched) {
    if (run.state === 'finished') await close(options, stored);
    return 'not-vouched';
  }
  const wanted = statusOf(run, options.dashboardUrl);
  const step = nextStatusStep(run.status, wanted.rank, options.clock.now());
  switch (step.type) {
    case 'settled':
      await close(options, stored);
      return 'settled';
    case 'wait':
      // Whoever sends now may send something older than this; the sweep would notice only after a minute.
      if (run.status.sending !== null && step.until <= run.status.sending.until)
        throw new YbError('conflict', 'a status of this run is being sent');
      return 'waits';
    case 'send':
      return await send(options, stored, wanted, step.readBack);
  }
}

async function send(
  options: ReportOptions,
  before: Stored<Run>,
  wanted: ReturnType<typeof statusOf>,
  readBack: boolean,
): Promise<string> {
  const until = new Date(options.clock.now().getTime() + sendingMilliseconds);
  const marked = await saveRun(
    options.documents,
    before,
    withStatus(before.value, { sending: { rank: wanted.rank, until } }),
  );
  const outcome = await tell(options, marked.value, wanted, readBack);
  await saveRun(options.documents, marked, withStatus(marked.value, outcome.report));
  return outcome.said;
}

interface Outcome {
  readonly said: string;
  readonly report: Partial<StatusReport> & { readonly nextAt: Date | null };
}

async function tell(
  options: ReportOptions,
  run: Run,
  wanted: ReturnType<typeof statusOf>,
  readBack: boolean,
): Promise<Outcome> {
  const accepted = { reported: wanted.rank, sending: null, tries: 0, nextAt: null };
  try {
    const { token, fullName } = await reach(options, run);
    const commit = { fullName, sha: run.sha };
    if (readBack) {
      const shown = await options.github.readStatus(token, commit, statusContext);
      const same = shown?.state === wanted.status.state && shown.description === wanted.status.description;
      if (same && shown.targetUrl === wanted.status.targetUrl) return { said: 'was-shown', report: accepted };
    }
    await options.github.writeStatus(token, commit, wanted.status);
    return { said: `sent-${wanted.rank}`, report: accepted };
  } catch (error) {
    const code = errorCode(error);
    const tries = run.status.tries + 1;
    if (error instanceof YbError && !error.retryable) {
      return {
        said: `given-up: ${code}`,
        report: { sending: null, tries, nextAt: null, givenUp: publicMessage(error) },
      };
    }
    const retryAt = error instanceof YbError ? error.retryAt : undefined;
    const nextAt = nextStatusTry({ tries, now: options.clock.now(), retryAt });
    // `sending` stays, out of date: the outcome is unknown, so the next try reads back first.
    return {
      said: `failed: ${code}`,
      report: { tries, nextAt, sending: { rank: wanted.rank, until: options.clock.now() } },
    };
  }
}

async function reach(options: ReportOptions, run: Run): Promise<{ readonly token: string; readonly fullName: string }> {
  const repository = await readRepository(options.documents, run.repoId);
  if (repository === null) throw new YbError('not-found', 'the repository is no longer registered');
  const token = await options.credentials.tokenFor(repository.value, 'status');
  if (token === null) throw new YbError('github-unauthorized', 'the repository has no credential for its statuses');
  return { token, fullName: repository.value.fullName };
}

/** Takes a run out of what the sweep looks at: it is over, and GitHub has its last word or will never take it. */
async function close(options: ReportOptions, stored: Stored<Run>): Promise<void> {
  const next = withStatus(stored.value, {});
  if (next.open !== stored.value.open) await saveRun(options.documents, stored, next);
}

function withStatus(run: Run, report: Partial<StatusReport>): Run {
  const status = { ...run.status, ...report };
  // Of a commit for which GitHub did not vouch, nothing is said.
  const settled = status.reported === 'final' || status.givenUp !== null || !run.vouched;
  return { ...run, status, open: run.state !== 'finished' || !settled };
}
