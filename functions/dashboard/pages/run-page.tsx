import { repositoryLink, runLink, apiLink } from '../../../shared/links.ts';
import { type Run, type RunEnd, shortRef, shortSha, tookMilliseconds } from '../../../shared/run/run.ts';
import { placeOf } from '../log/live-part.ts';
import type { LogModel } from '../models/log.ts';
import type { RunModel } from '../models/run.ts';
import { executedWords, headline } from '../words/headline.ts';
import { duration } from '../../../shared/time-words.ts';
import { AgainIcon, AllowIcon, StopIcon } from './icons.tsx';
import { type Frame, Layout } from './layout.tsx';
import { State, When } from './parts.tsx';
import { RunFacts, RunTiming } from './run-facts.tsx';
import { RunLog } from './run-log.tsx';
import { RunResults } from './run-results.tsx';

/** The page that a commit's status leads to: why is it red, and is it me? */
export function RunPage(properties: {
  readonly frame: Frame;
  readonly model: RunModel;
  readonly log: LogModel;
  /** Of GitHub's pages. */
  readonly githubUrl: string;
}) {
  const { frame, model, log, githubUrl } = properties;
  const { run, repository } = model;
  const going = run.state !== 'finished';
  const { cursor } = log.excerpt;
  const first = headline(run);
  return (
    <Layout
      frame={frame}
      title={`${first.words} · ${shortRef(run.ref)} · ${repository.fullName}`}
      crumbs={[
        { words: repository.fullName, href: repositoryLink(repository.fullName) },
        { words: `${shortRef(run.ref)} @ ${shortSha(run.sha)}`, href: runLink(run.id) },
      ]}
      refresh={going && !log.inPlace ? 5 : undefined}
    >
      <div
        id="run"
        class="run"
        data-live={going ? `${apiLink({ run: run.id })}/live` : undefined}
        data-mark={first.mark}
        data-attempt={run.attempt}
        data-chunk={placeOf(cursor)}
        data-line={cursor.line ?? undefined}
        data-targets={model.piece}
      >
        <Summary model={model} githubUrl={githubUrl} click={frame.click} />
        <RunResults model={model} />
        <RunLog log={log} />
        <RunTiming model={model} />
        <RunFacts model={model} />
        <p class="hidden" role="status" id="announce"></p>
      </div>
    </Layout>
  );
}

function Summary(properties: { readonly model: RunModel; readonly githubUrl: string; readonly click: string }) {
  const { model, githubUrl, click } = properties;
  const { run, repository, now } = model;
  const branch = shortRef(run.ref);
  const reason = reasonOf(run);
  const took = tookMilliseconds(run);
  return (
    <section class="summary" id="summary" aria-label="In short">
      <div class="words">
        <h1>
          <State of={headline(run)} />
          <span class="on"> on </span>
          <a class="branch" href={`${repositoryLink(repository.fullName)}?branch=${encodeURIComponent(branch)}`}>
            {branch}
          </a>
        </h1>
        <p class="commit">
          {run.commit === null || run.commit.subject === '' ? null : <em>{run.commit.subject}</em>}
          <span>
            <a class="sha" href={`${githubUrl}/${repository.fullName}/commit/${run.sha}`}>
              {shortSha(run.sha)}
            </a>
            {run.commit?.author ? ` by ${run.commit.author}` : ''}
          </span>
          <span>
            <When at={run.createdAt} now={now} />
          </span>
          {took === null ? null : <span class="figure">{duration(took)}</span>}
        </p>
        <p class="line" id="line">
          {model.line}
        </p>
        {reason === null ? null : <p class="reason">{reason}</p>}
        {executedWords(run.outcome?.counts ?? null) === null ? null : (
          <p class="note">{executedWords(run.outcome?.counts ?? null)}</p>
        )}
        {run.pastAttempts.length === 0 ? null : (
          <p class="note">
            Attempt {run.attempt}. The one before did not count: {run.pastAttempts.at(-1)?.reason}
          </p>
        )}
      </div>
      {model.mayWrite ? <Actions run={run} click={click} /> : null}
    </section>
  );
}

function stoppedBy({ by, newer }: RunEnd): string {
  return newer === null ? `Cancelled by ${by}` : `Superseded by ${shortSha(newer.sha)}`;
}

/** Plain forms: they work without scripts. */
function Actions({ run, click }: { readonly run: Run; readonly click: string }) {
  return (
    <div class="actions">
      {run.state === 'finished' ? (
        <form method="post" action={`${runLink(run.id)}/rerun`}>
          <input type="hidden" name="click" value={click} />
          <button class="primary" type="submit">
            <AgainIcon /> Run again
          </button>
          <button
            type="submit"
            name="cache"
            value="no"
            title="Executes all tests, also those of which a cache has the result"
          >
            Without cache
          </button>
        </form>
      ) : run.cancel === null ? (
        <>
          {run.state === 'awaiting-approval' ? (
            <form method="post" action={`${runLink(run.id)}/approve`}>
              <button class="primary" type="submit">
                <AllowIcon /> Allow {shortSha(run.sha)} to run
              </button>
            </form>
          ) : null}
          <form method="post" action={`${runLink(run.id)}/cancel`}>
            <button type="submit">
              <StopIcon /> Cancel
            </button>
          </form>
        </>
      ) : (
        <p class="note">{stoppedBy(run.cancel)}; it is being stopped.</p>
      )}
    </div>
  );
}

/** The verdict's sentence, in the words of the commit's status; where all is well, the headline says the same. */
function reasonOf(run: Run): string | null {
  return run.outcome === null || run.outcome.verdict === 'passed' ? null : run.outcome.reason;
}
