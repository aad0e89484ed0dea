import { repositoryLink, targetsLink, apiLink, runLink } from '../../../shared/links.ts';
import type { PastResult } from '../../../shared/history/history.ts';
import type { FailureSample, TargetModel } from '../models/targets.ts';
import { flakyWords, lookOf, rateWords, resultWords } from '../words/history.ts';
import { exact, many } from '../words/text.ts';
import { ago, duration } from '../../../shared/time-words.ts';
import { MarkIcon } from './icons.tsx';
import { type Frame, Layout } from './layout.tsx';
import { LogLines } from './log-lines.tsx';
import { Copyable, When } from './parts.tsx';
import { isKept, PastRunLink } from './target-links.tsx';
import { Cases, TestLogLink } from './test-parts.tsx';

/** A test over its last runs: how often it is flaky, how long it takes, and what its failures said. */
export function TargetPage({ frame, model }: { readonly frame: Frame; readonly model: TargetModel }) {
  const { repository, label, results } = model;
  const { fullName } = repository;
  return (
    <Layout
      frame={frame}
      title={`${label} · ${fullName}`}
      crumbs={[
        { words: fullName, href: repositoryLink(fullName) },
        { words: 'Tests', href: targetsLink(fullName) },
        { words: label, href: targetsLink(fullName, label) },
      ]}
    >
      <>
        <section class="summary" aria-label="In short">
          <div class="words">
            <h1 class="label">
              <Copyable text={label} what="label" />
            </h1>
            {results.length === 0 ? null : <InShort model={model} />}
          </div>
        </section>
        {results.length === 0 ? <Nothing /> : <LastResults model={model} />}
        {model.samples.map((sample) => (
          <Sample sample={sample} model={model} />
        ))}
        <p class="note apart">
          <a href={`${apiLink({ repository: fullName })}/targets?label=${encodeURIComponent(label.toWellFormed())}`}>
            This test as JSON
          </a>
        </p>
      </>
    </Layout>
  );
}

function Nothing() {
  return (
    <section class="empty">
      <p>
        Nothing is kept of this test. It shows here once a run has executed it: results that come from a cache do not
        count.
      </p>
    </section>
  );
}

function InShort({ model }: { readonly model: TargetModel }) {
  const { flakiness, onDefaultBranch, typical, now, repository } = model;
  return (
    <>
      <p class="commit">
        {onDefaultBranch === null ? null : (
          <span>
            <span class={`state ${onDefaultBranch === 'fails' ? 'bad' : 'good'}`}>
              <MarkIcon mark={onDefaultBranch === 'fails' ? 'failed' : 'passed'} />
              <span>
                {onDefaultBranch === 'fails' ? 'Fails' : 'Passes'} on {repository.defaultBranch}
              </span>
            </span>
          </span>
        )}
        {typical === null ? null : <span class="figure">usually takes {duration(typical)}</span>}
      </p>
      <p class="line">
        {flakiness.kind === 'none' ? (
          `Not flaky in the last ${many(flakiness.of, 'result')}.`
        ) : (
          <>
            <span class="state warn">
              <MarkIcon mark="warning" />
              <span>
                Flaky in {flakyWords(flakiness)} results ({rateWords(flakiness)})
              </span>
            </span>
            {flakiness.since === null ? null : (
              <>
                , since <PastRunLink run={flakiness.since} now={now} />; it was not before
              </>
            )}
          </>
        )}
      </p>
    </>
  );
}

const barHeight = 40;

/** Each result as a mark that leads to its run, below a bar as high as it took long, and all of it as a table. */
function LastResults({ model }: { readonly model: TargetModel }) {
  const { results, now, repository } = model;
  const longest = results.reduce((most, { durationMs }) => Math.max(most, durationMs ?? 0), 0);
  return (
    <section class="part" aria-labelledby="results-title">
      <h2 id="results-title">Last results</h2>
      <p class="note">
        Oldest first; a bar is as high as the test took long{longest === 0 ? '' : `, the highest ${duration(longest)}`}.
      </p>
      <ol class="marks" aria-label="Last results, oldest first">
        {results.toReversed().map((result) => (
          <li>
            <ResultMark result={result} longest={longest} now={now} />
          </li>
        ))}
      </ol>
      <table>
        <caption class="hidden">Last results, newest first</caption>
        <thead>
          <tr>
            <th scope="col">Result</th>
            <th scope="col">Run</th>
            <th scope="col">Branch</th>
            <th scope="col" class="figure">
              Time
            </th>
          </tr>
        </thead>
        <tbody>
          {results.map((result) => (
            <tr>
              <td>
                <span class={`state ${lookOf(result.status).tone}`}>
                  <MarkIcon mark={lookOf(result.status).mark} />
                  <span>{lookOf(result.status).word}</span>
                </span>
                {result.attempts > 1 ? <span class="aside"> {many(result.attempts, 'attempt')}</span> : null}
              </td>
              <td>
                {isKept(result.run, now) ? (
                  <a href={runLink(result.run.id)}>
                    <When at={result.run.at} now={now} />
                  </a>
                ) : (
                  <When at={result.run.at} now={now} />
                )}
              </td>
              <td>{result.run.onDefaultBranch ? repository.defaultBranch : 'another'}</td>
              <td class="figure">{result.durationMs === null ? 'cached' : duration(result.durationMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Heights are attributes of the drawing: styles inside of the page are forbidden. */
function ResultMark({
  result,
  longest,
  now,
}: {
  readonly result: PastResult;
  readonly longest: number;
  readonly now: Date;
}) {
  const { tone, mark } = lookOf(result.status);
  const share = longest === 0 ? 0 : (result.durationMs ?? 0) / longest;
  const height = result.durationMs === null ? 0 : Math.max(2, share * barHeight);
  const words = `${resultWords(result)}, ${ago(result.run.at, now)}`;
  const inner = (
    <>
      <svg
        class="height"
        viewBox={`0 0 16 ${barHeight}`}
        width="16"
        height={barHeight}
        aria-hidden="true"
        focusable="false"
      >
        <rect x="0" y={(barHeight - height).toFixed(1)} width="16" height={height.toFixed(1)} rx="1" />
      </svg>
      <MarkIcon mark={mark} />
      <span class="value">{words}</span>
    </>
  );
  return isKept(result.run, now) ? (
    <a class={`result ${tone}`} href={runLink(result.run.id)} title={exact(result.run.at)}>
      {inner}
    </a>
  ) : (
    <span class={`result ${tone}`}>{inner}</span>
  );
}

function Sample({ sample, model }: { readonly sample: FailureSample; readonly model: TargetModel }) {
  const { result, excerpt } = sample;
  const { run } = result;
  const look = lookOf(result.status);
  const lines = excerpt.lines ?? [];
  const when = ago(run.at, model.now);
  return (
    <section class="part" aria-labelledby={`sample-${run.id}`}>
      <h2 id={`sample-${run.id}`}>
        {look.word} {when}
      </h2>
      <article class="failure">
        <div class="body sample">
          {excerpt.cases.length === 0 ? null : <Cases cases={excerpt.cases} />}
          {lines.length === 0 ? null : (
            <div class="log short" tabindex={0} role="region" aria-label={`The end of its log of ${when}`}>
              <LogLines lines={lines} />
            </div>
          )}
          <p class="note links">
            <span>
              From <PastRunLink run={run} now={model.now} />
            </span>
            {isKept(run, model.now) ? (
              <TestLogLink runId={run.id} attempt={run.attempt} log={sample.log} of={when} />
            ) : null}
          </p>
        </div>
      </article>
    </section>
  );
}
