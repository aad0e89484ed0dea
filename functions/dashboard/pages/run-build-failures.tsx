import type { FailingAction } from '../../../shared/attempt/result.ts';
import type { Run } from '../../../shared/run/run.ts';
import type { TargetOutline } from '../models/results.ts';
import type { RunModel } from '../models/run.ts';
import { reproduction } from '../words/reproduction.ts';
import { figure, many } from '../words/text.ts';
import { MarkIcon } from './icons.tsx';
import { LogLines } from './log-lines.tsx';
import { Command, Copyable } from './parts.tsx';

const shownActions = 10;

/** What did not build, with Bazel's words about it. */
export function BuildFailures({ model }: { readonly model: RunModel }) {
  const { failingActions, run } = model;
  if (failingActions.length === 0) return null;
  return (
    <section class="part" aria-labelledby="actions-title">
      <h2 id="actions-title">What did not build</h2>
      {failingActions.slice(0, shownActions).map((action) => (
        <BuildFailure action={action} run={run} />
      ))}
      {failingActions.length <= shownActions ? null : (
        <p class="note">{figure(failingActions.length - shownActions)} more in the log.</p>
      )}
    </section>
  );
}

function BuildFailure({ action, run }: { readonly action: FailingAction; readonly run: Run }) {
  const { label, type, exitCode, message } = action;
  return (
    <article class="failure">
      <header>
        <h3>{label === null ? 'The build as a whole' : <Copyable text={label} what="label" />}</h3>
        <p class="detail">
          <span class="state bad">
            <MarkIcon mark="failed" />
            <span>{type ?? 'Failed'}</span>
          </span>
          {exitCode === null ? null : <span class="aside">exit code {exitCode}</span>}
        </p>
      </header>
      <div class="body">
        {message === null ? null : (
          <div class="log short" tabindex={0} role="region" aria-label={`Bazel about ${label ?? 'the build'}`}>
            <LogLines lines={message.split('\n')} />
          </div>
        )}
        {label === null ? null : <Command text={reproduction(run, 'build', label)} what="command" />}
      </div>
    </article>
  );
}

/** The tests that could not be run for it. */
export function Unbuilt({ targets }: { readonly targets: readonly TargetOutline[] }) {
  if (targets.length === 0) return null;
  return (
    <section class="part" aria-labelledby="unbuilt-title">
      <h2 id="unbuilt-title">{many(targets.length, 'test')} could not be run</h2>
      <p class="note">What {targets.length === 1 ? 'it needs' : 'they need'} did not build.</p>
      <ul class="rows">
        {targets.map(({ label }) => (
          <li class="row">
            <Copyable text={label} what="label" />
          </li>
        ))}
      </ul>
    </section>
  );
}
