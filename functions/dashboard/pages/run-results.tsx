import type { Failure, RunModel } from '../models/run.ts';
import type { TargetOutline } from '../models/results.ts';
import { reproduction } from '../words/reproduction.ts';
import { figure, many } from '../words/text.ts';
import { duration } from '../../../shared/time-words.ts';
import { MarkIcon, MoreIcon } from './icons.tsx';
import { LogLines } from './log-lines.tsx';
import { Command } from './parts.tsx';
import { BuildFailures, Unbuilt } from './run-build-failures.tsx';
import { Disappeared, FailingSince, FlakyTests, KnownFlaky } from './run-history.tsx';
import { CopyableTarget, TargetLink } from './target-links.tsx';
import { Cases, TestLogLink } from './test-parts.tsx';

/** What became of the targets: what failed first and open, then what is flaky, then the rest in one line. */
export function RunResults({ model }: { readonly model: RunModel }) {
  const { failures, run } = model;
  const going = run.state !== 'finished';
  const [first, ...others] = failures;
  return (
    <div id="results">
      <BuildFailures model={model} />
      {first === undefined ? null : (
        <section class="part" aria-labelledby="failures-title">
          <h2 id="failures-title">
            {going ? 'Failed so far' : failures.length === 1 ? 'What failed' : 'What failed first'}
          </h2>
          <FirstFailure failure={first} model={model} />
        </section>
      )}
      {others.length === 0 ? null : (
        <section class="part" aria-labelledby="others-title">
          <h2 id="others-title">{many(others.length, 'other failure')}</h2>
          <div class="rows">
            {others.map((failure) => (
              <OtherFailure failure={failure} model={model} />
            ))}
          </div>
        </section>
      )}
      <Unbuilt targets={model.unbuilt} />
      <ul class="rows live" id="live-failures" aria-label="Failed while you watch" hidden></ul>
      <FlakyTests model={model} />
      <Disappeared model={model} />
      <Rest model={model} />
    </div>
  );
}

function FirstFailure({ failure, model }: { readonly failure: Failure; readonly model: RunModel }) {
  const { target } = failure;
  return (
    <article class="failure">
      <header>
        <h3>
          <CopyableTarget fullName={model.repository.fullName} label={target.label} />
        </h3>
        <p class="detail">
          <FailureState target={target} />
          <OnDefaultBranch failure={failure} model={model} />
          <FailingSince failure={failure} model={model} />
          <KnownFlaky failure={failure} />
        </p>
      </header>
      <FailureBody failure={failure} model={model} />
    </article>
  );
}

function OtherFailure({ failure, model }: { readonly failure: Failure; readonly model: RunModel }) {
  const { target } = failure;
  return (
    <details class="failure">
      <summary>
        <MoreIcon />
        <FailureState target={target} />
        <code>{target.label}</code>
        <OnDefaultBranch failure={failure} model={model} />
        <KnownFlaky failure={failure} />
      </summary>
      <div class="body">
        <p class="detail">
          <FailingSince failure={failure} model={model} />
          <TargetLink fullName={model.repository.fullName} label={target.label} />
        </p>
      </div>
      <FailureBody failure={failure} model={model} />
    </details>
  );
}

function FailureBody({ failure, model }: { readonly failure: Failure; readonly model: RunModel }) {
  const { target, excerpt } = failure;
  const lines = excerpt?.lines ?? null;
  return (
    <div class="body">
      {excerpt === null || excerpt.cases.length === 0 ? null : <Cases cases={excerpt.cases} />}
      {lines === null || lines.length === 0 ? null : (
        <div class="log short" tabindex={0} role="region" aria-label={`The end of the log of ${target.label}`}>
          <LogLines lines={lines} />
        </div>
      )}
      <p class="note links">
        <span>{logWords(failure, model)}</span>
        <TestLogLink runId={model.run.id} attempt={model.run.attempt} log={target.log} of={target.label} />
      </p>
      <Command text={reproduction(model.run, 'test', target.label)} what="command" />
    </div>
  );
}

/** What stands above, or why nothing does. */
function logWords({ excerpt }: Failure, { run }: RunModel): string {
  if (run.state !== 'finished') return 'Its log comes when the run has ended.';
  if (excerpt === null) return '';
  const { lines, before } = excerpt;
  if (lines === null) return 'Its own log was not kept: the log of the run may say more.';
  if (lines.length === 0) return 'It printed nothing.';
  if (before === null) return `The last ${lines.length} lines.`;
  return before === 0 ? 'All it printed.' : `The last ${lines.length} lines; ${figure(before)} more before.`;
}

function OnDefaultBranch({ failure, model }: { readonly failure: Failure; readonly model: RunModel }) {
  const { defaultBranch } = model.repository;
  if (failure.onDefaultBranch === null) return null;
  return (
    <span class="aside">
      {failure.onDefaultBranch === 'fails' ? `also fails on ${defaultBranch}` : `passes on ${defaultBranch}`}
    </span>
  );
}

function FailureState({ target }: { readonly target: TargetOutline }) {
  const words = { TIMEOUT: 'Timed out', REMOTE_FAILURE: 'Remote failure' };
  const word = new Map(Object.entries(words)).get(target.status) ?? 'Failed';
  const facts = [
    ...(target.durationMs === null ? [] : [`after ${duration(target.durationMs)}`]),
    ...(target.attempts > 1 ? [`in ${target.attempts} attempts`] : []),
    ...(target.cached ? ['cached'] : []),
  ];
  return (
    <>
      <span class="state bad">
        <MarkIcon mark="failed" />
        <span>{word}</span>
      </span>
      {facts.length === 0 ? null : <span class="aside">{facts.join(', ')}</span>}
    </>
  );
}

function Good({ words }: { readonly words: string }) {
  return (
    <span class="state good">
      <MarkIcon mark="passed" />
      <span>{words}</span>
    </span>
  );
}

function Rest({ model }: { readonly model: RunModel }) {
  const { passed, unfinished } = model;
  const all = passed.length + unfinished.length + model.failures.length + model.flaky.length + model.unbuilt.length;
  if (passed.length + unfinished.length === 0) return null;
  const cached = passed.filter((target) => target.cached).length;
  const words = `${figure(passed.length)} of ${many(all, 'test')} passed`;
  // What passed says nothing good of a commit that does not build.
  const isBroken = model.run.outcome?.verdict === 'broken';
  return (
    <details class="part rest">
      <summary>
        <MoreIcon />
        {isBroken ? <span class="state idle">{words}</span> : <Good words={words} />}
        <span class="aside">
          {cached === 0 ? 'all of them ran' : `${figure(cached)} unchanged, not run again`}
          {unfinished.length === 0 ? '' : ` · ${figure(unfinished.length)} without a result`}
        </span>
      </summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Test</th>
            <th scope="col">Result</th>
            <th scope="col" class="figure">
              Time
            </th>
          </tr>
        </thead>
        <tbody>
          {[...unfinished, ...passed].map((target) => (
            <tr>
              <td>
                <TargetLink fullName={model.repository.fullName} label={target.label} />
              </td>
              <td>{target.status !== 'PASSED' ? 'no result' : target.cached ? 'unchanged' : 'passed'}</td>
              <td class="figure">{target.durationMs === null ? '' : duration(target.durationMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
