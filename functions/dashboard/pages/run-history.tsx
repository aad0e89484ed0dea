import { runLink } from '../../../shared/links.ts';
import type { Failure, FlakyTest, RunModel } from '../models/run.ts';
import { flakyWords, rateWords } from '../words/history.ts';
import { figure, many } from '../words/text.ts';
import { MarkIcon, MoreIcon } from './icons.tsx';
import { CopyableTarget, PastRunLink, TargetLink } from './target-links.tsx';
import { TestLogLink } from './test-parts.tsx';

/** Whether a failure is new. */
export function FailingSince({ failure, model }: { readonly failure: Failure; readonly model: RunModel }) {
  const { since } = failure.past;
  if (since === null) return null;
  return (
    <span class="aside">
      {since.first.id === model.run.id ? (
        'failed first in this run'
      ) : (
        <>
          first failed in <PastRunLink run={since.first} now={model.now} />
          {since.orEarlier ? ' or earlier' : ''}
        </>
      )}
    </span>
  );
}

/** Whether the test is one that fails now and then: said beside the failure, never instead of it. */
export function KnownFlaky({ failure }: { readonly failure: Failure }) {
  const { flakiness } = failure.past;
  const { attempts } = failure.target;
  if (flakiness.flaky === 0) return null;
  return (
    <span class="aside">
      known to be flaky: {flakyWords(flakiness)}
      {attempts > 1 ? `, but now it failed in all ${figure(attempts)} attempts` : ''}
    </span>
  );
}

/** Those that have just begun to be flaky stand first: somebody's change did that. */
export function FlakyTests({ model }: { readonly model: RunModel }) {
  const { flaky } = model;
  if (flaky.length === 0) return null;
  const began = flaky.filter(({ flakiness }) => flakiness.kind === 'began');
  const known = flaky.filter(({ flakiness }) => flakiness.kind !== 'began');
  return (
    <section class="part" aria-labelledby="flaky-title">
      <h2 id="flaky-title">{many(flaky.length, 'flaky test')}</h2>
      <p class="note">Failed at first and passed when tried again.</p>
      <ul class="rows">
        {[...began, ...known].map((test) => (
          <FlakyRow test={test} model={model} />
        ))}
      </ul>
    </section>
  );
}

function FlakyRow({ test, model }: { readonly test: FlakyTest; readonly model: RunModel }) {
  const { target, flakiness } = test;
  const { since } = flakiness;
  return (
    <li class="row">
      <span class="state warn">
        <MarkIcon mark="warning" />
        <span>{since === null ? 'Flaky' : 'Flaky lately'}</span>
      </span>
      <CopyableTarget fullName={model.repository.fullName} label={target.label} />
      <span class="detail">
        {many(target.attempts, 'attempt')}
        {flakiness.of > 1 ? ` · flaky in ${flakyWords(flakiness)} (${rateWords(flakiness)})` : ''}
        {since === null ? null : since.id === model.run.id ? (
          ' · never before'
        ) : (
          <>
            {' · since '}
            <PastRunLink run={since} now={model.now} />
          </>
        )}
      </span>
      <TestLogLink runId={model.run.id} attempt={model.run.attempt} log={target.log} of={target.label} />
    </li>
  );
}

/** A test may be deleted on purpose: a line that one can unfold, in no colour of alarm. */
export function Disappeared({ model }: { readonly model: RunModel }) {
  const disappeared = model.run.outcome?.disappeared;
  if (disappeared === undefined) return null;
  const before = <a href={runLink(disappeared.since)}>the run before</a>;
  if (disappeared.otherTargets) {
    return (
      <p class="note apart">Other targets or flags were asked for than in {before}: their tests are not compared.</p>
    );
  }
  if (disappeared.count === 0) return null;
  return (
    <details class="part rest">
      <summary>
        <MoreIcon />
        <span>{many(disappeared.count, 'test')} disappeared</span>
      </summary>
      <div class="inside">
        <p class="note">In {before}, and not in this one.</p>
        <ul class="rows">
          {disappeared.labels.map((label) => (
            <li class="row">
              <TargetLink fullName={model.repository.fullName} label={label} />
            </li>
          ))}
        </ul>
        {disappeared.count > disappeared.labels.length ? (
          <p class="note">And {figure(disappeared.count - disappeared.labels.length)} more.</p>
        ) : null}
      </div>
    </details>
  );
}
