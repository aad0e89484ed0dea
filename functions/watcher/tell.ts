import { commentOf, markOf } from '../../shared/branch/comment.ts';
import { leftUntold, nextNewsStep, notTold, putOff, sending, told } from '../../shared/branch/telling.ts';
import { YbError, errorCode, publicMessage } from '../../shared/errors.ts';
import { runLink } from '../../shared/links.ts';
import type { Commits } from '../../shared/outside/github.ts';
import type { News } from '../../shared/run/news.ts';
import type { Run } from '../../shared/run/run.ts';
import { changed } from '../../shared/run/transitions.ts';
import { readBranchHealth } from '../../shared/store/branches.ts';
import type { Stored } from '../../shared/store/record.ts';
import { type Repository, readRegistered } from '../../shared/store/repositories.ts';
import { readRun, saveRun, untilRunWritten } from '../../shared/store/runs.ts';
import type { ReportOptions } from './report.ts';

/**
 * Tells the author of the commit that broke the default branch, once, that it did, and once that it is green again. As with statuses,
 * that it is being sent is written down first.
 * @returns the run as it is now, and what happened, for the log. @throws YbError `conflict` if somebody else was faster
 */
export async function tellNews(
  options: ReportOptions,
  before: Stored<Run>,
): Promise<{ readonly run: Stored<Run>; readonly said: string | undefined }> {
  const { documents, clock } = options;
  const { news } = before.value;
  const step = nextNewsStep(news, clock.now());
  if (before.value.state !== 'finished' || news === null || step.type === 'rest')
    return { run: before, said: undefined };
  const save = async (run: Stored<Run>, next: News): Promise<Stored<Run>> =>
    await saveRun(documents, run, changed(run.value, { type: 'news', news: next, at: clock.now() }));
  const repository = await readRegistered(documents, before.value.repoId);
  const outdated = await whyNot(options, { run: before.value, news, repository: repository?.value ?? null });
  // What may have been sent already is looked for, whatever has become of it since.
  if (repository === null || (outdated !== null && !step.readBack)) {
    const isEarly = outdated === 'not-known-yet';
    const next = isEarly ? putOff(news, clock.now()) : leftUntold(news, null);
    return { run: await save(before, next), said: outdated ?? 'not-registered' };
  }
  const marked = await save(before, sending(news, clock.now()));
  const about = { run: before.value, news, repository: repository.value };
  const { said, next } = await tell(options, about, { ...step, mayWrite: outdated === null });
  // Nobody else knows what came of it; only whoever took this one for gone, and began anew, is left alone.
  const isOurs = (now: Run): boolean => now.news?.sending?.getTime() === marked.value.news?.sending?.getTime();
  const run = await untilRunWritten(documents, marked, async (now) =>
    isOurs(now.value) ? await save(now, next) : now,
  );
  return { run, said };
}

interface About {
  readonly run: Run;
  readonly news: News;
  readonly repository: Repository;
}

/** Why news are not to be told; null if they are. */
async function whyNot(
  { documents }: ReportOptions,
  { run, news, repository }: Omit<About, 'repository'> & { readonly repository: Repository | null },
): Promise<'not-registered' | 'not-wanted' | 'not-true-any-more' | 'not-told-before' | 'not-known-yet' | null> {
  if (repository === null) return 'not-registered';
  if (repository.settings.tellBroken === 'nothing') return 'not-wanted';
  if (news.kind === 'broken') {
    const health = await readBranchHealth(documents, run);
    return health?.value.red?.runId === run.id ? null : 'not-true-any-more';
  }
  // Who was never told that it broke need not hear that it is mended.
  const red = (await readRun(documents, news.red.runId))?.value.news ?? null;
  if (red === null) return 'not-told-before';
  if (red.nextAt !== null) return 'not-known-yet';
  return red.toldAt === null ? 'not-told-before' : null;
}

async function tell(
  options: ReportOptions,
  { run, news, repository }: About,
  { readBack, mayWrite }: { readonly readBack: boolean; readonly mayWrite: boolean },
): Promise<{ readonly said: string; readonly next: News }> {
  const { github, clock } = options;
  let unknown: 'was-sent' | 'still' | 'no' = readBack ? 'still' : 'no';
  try {
    const token = await options.credentials.tokenFor(repository, 'comment');
    if (token === null) throw new YbError('github-unauthorized', 'the repository has no credential');
    const { fullName } = repository;
    const commit = { fullName, sha: news.red.sha };
    const mark = markOf(run, news.kind);
    const isThere = readBack && (await github.comments(token, commit)).some((body) => body.includes(mark));
    if (isThere) return { said: 'was-told', next: told(news, clock.now()) };
    unknown = 'no';
    if (!mayWrite) return { said: 'outdated', next: leftUntold(news, null) };
    const range = news.kind === 'broken' ? await rangeOf(options, { token, fullName, news, run }) : null;
    const runUrl = `${options.dashboardUrl}${runLink(run.id)}`;
    unknown = 'was-sent';
    await github.comment(token, commit, commentOf({ run, news, runUrl, range }));
    return { said: `told-${news.kind}`, next: told(news, clock.now()) };
  } catch (error) {
    const code = errorCode(error);
    // Of what was refused, or is to wait, nothing has arrived.
    const isUnknown = unknown === 'still' || (unknown === 'was-sent' && code === 'github-unavailable');
    const retryAt = error instanceof YbError ? error.retryAt : undefined;
    const failure = { code, words: publicMessage(error), unknown: isUnknown, retryAt };
    return { said: `failed: ${code}`, next: notTold(news, failure, clock.now()) };
  }
}

/** Which commits may have done it is worth a line, and not worth waiting for. */
async function rangeOf(
  { github }: ReportOptions,
  { token, fullName, news, run }: Omit<About, 'repository'> & { readonly token: string; readonly fullName: string },
): Promise<Commits | null> {
  try {
    return await github.commitsBetween(token, fullName, { from: news.green, to: run.sha });
  } catch {
    return null;
  }
}
