import type { FailedCase } from '../log/test-xml.ts';
import type { Failure, RunModel } from '../run-model.ts';
import type { TargetOutline } from '../results.ts';
import { reproduction } from '../words/reproduction.ts';
import { figure, many } from '../words/text.ts';
import { duration } from '../words/time.ts';
import { MarkIcon, MoreIcon, OpenIcon } from './icons.tsx';
import { LogLines } from './log-lines.tsx';
import { Command, Copyable } from './parts.tsx';
import { BuildFailures, Unbuilt } from './run-build-failures.tsx';

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
      {model.flaky.length === 0 ? null : (
        <section class="part" aria-labelledby="flaky-title">
          <h2 id="flaky-title">{many(model.flaky.length, 'flaky test')}</h2>
          <p class="note">Failed at first and passed when tried again.</p>
          <ul class="rows">
            {model.flaky.map((target) => (
              <li class="row">
                <span class="state warn">
                  <MarkIcon mark="warning" />
                  <span>Flaky</span>
                </span>
                <Copyable text={target.label} what="label" />
                <span class="detail">{many(target.attempts, 'attempt')}</span>
                <TestLogLink model={model} target={target} />
              </li>
            ))}
          </ul>
        </section>
      )}
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
          <Copyable text={target.label} what="label" />
        </h3>
        <p class="detail">
          <FailureState target={target} />
          <OnDefaultBranch failure={failure} model={model} />
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
      </summary>
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
        <TestLogLink model={model} target={target} />
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

function Cases({ cases }: { readonly cases: readonly FailedCase[] }) {
  return (
    <ul class="cases">
      {cases.map(({ name, message }) => (
        <li>
          <code>{name}</code>
          {message === '' ? null : <span>{message}</span>}
        </li>
      ))}
    </ul>
  );
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

function TestLogLink({ model, target }: { readonly model: RunModel; readonly target: TargetOutline }) {
  const number = /^tests\/(\d{1,6})\/test\.log$/.exec(target.log ?? '')?.[1];
  if (number === undefined) return null;
  return (
    <a href={`/runs/${model.run.id}/attempts/${model.run.attempt}/tests/${number}/log`}>
      <OpenIcon /> Its whole log<span class="hidden"> ({target.label})</span>
    </a>
  );
}

function Rest({ model }: { readonly model: RunModel }) {
  const { passed, unfinished } = model;
  const all = passed.length + unfinished.length + model.failures.length + model.flaky.length + model.unbuilt.length;
  if (passed.length + unfinished.length === 0) return null;
  const cached = passed.filter((target) => target.cached).length;
  return (
    <details class="part rest">
      <summary>
        <MoreIcon />
        <span class="state good">
          <MarkIcon mark="passed" />
          <span>
            {figure(passed.length)} of {many(all, 'test')} passed
          </span>
        </span>
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
                <code>{target.label}</code>
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
