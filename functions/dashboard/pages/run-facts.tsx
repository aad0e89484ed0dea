import { newsWords, toldWords } from '../words/told.ts';
import { apiLink } from '../../../shared/links.ts';
import type { Run } from '../../../shared/run/run.ts';
import type { Trigger } from '../../../shared/run/trigger.ts';
import { MoreIcon } from './icons.tsx';
import type { RunModel } from '../models/run.ts';
import { exact } from '../words/text.ts';
import { duration } from '../../../shared/time-words.ts';
import { TargetLink } from './target-links.tsx';

interface Phase {
  readonly name: string;
  readonly milliseconds: number;
}

/** Where the time went: one bar, its parts named and counted beside it, and the slowest tests. */
export function RunTiming({ model }: { readonly model: RunModel }) {
  const phases = phasesOf(model.run);
  const slowest = [
    ...model.passed,
    ...model.flaky.map(({ target }) => target),
    ...model.failures.map(({ target }) => target),
  ]
    .filter(({ cached, durationMs }) => !cached && durationMs !== null)
    .sort((left, right) => (right.durationMs ?? 0) - (left.durationMs ?? 0))
    .slice(0, 10);
  if (model.run.state !== 'finished' || phases.length === 0) return <div id="timing"></div>;
  return (
    <section class="part" id="timing" aria-labelledby="timing-title">
      <h2 id="timing-title">Timing</h2>
      <Bar phases={phases} />
      <ol class="legend">
        {phases.map(({ name, milliseconds }, index) => (
          <li>
            <span class={`swatch p${index % 6}`} aria-hidden="true"></span>
            <span>{name}</span>
            <span class="figure">{duration(milliseconds)}</span>
          </li>
        ))}
      </ol>
      {slowest.length === 0 ? null : (
        <details class="rest">
          <summary>
            <MoreIcon />
            <span>Slowest tests</span>
          </summary>
          <table>
            <tbody>
              {slowest.map(({ label, durationMs }) => (
                <tr>
                  <td>
                    <TargetLink fullName={model.repository.fullName} label={label} />
                  </td>
                  <td class="figure">{duration(durationMs ?? 0)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </section>
  );
}

/** Widths are attributes of the drawing: styles inside of the page are forbidden to all scripts and pages. */
function Bar({ phases }: { readonly phases: readonly Phase[] }) {
  const total = phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0) || 1;
  let x = 0;
  return (
    <svg class="phases" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      {phases.map(({ milliseconds }, index) => {
        const width = (milliseconds / total) * 1000;
        const left = x;
        x += width;
        return <rect class={`p${index % 6}`} x={left.toFixed(1)} y="0" width={width.toFixed(1)} height="10" />;
      })}
    </svg>
  );
}

/** The phases one after the other: waiting and starting as we saw them, the rest as the run timed it. */
function phasesOf(run: Run): Phase[] {
  const timed = Object.entries(run.phases)
    .filter(([, { finishedAt }]) => finishedAt !== null)
    .sort(([, left], [, right]) => left.startedAt.getTime() - right.startedAt.getTime())
    .map(([name, { startedAt, finishedAt }]) => ({ name, milliseconds: between(startedAt, finishedAt) }));
  const firstTimed = Object.values(run.phases)
    .map(({ startedAt }) => startedAt)
    .sort((left, right) => left.getTime() - right.getTime())[0];
  const started = run.startedAt;
  return [
    { name: 'waiting', milliseconds: between(run.createdAt, started) },
    { name: 'starting', milliseconds: between(started, firstTimed ?? run.runningAt) },
    ...(timed.length === 0 ? [{ name: 'testing', milliseconds: between(run.runningAt, run.finishedAt) }] : timed),
  ].filter(({ milliseconds }) => milliseconds > 0);
}

function between(from: Date | null, to: Date | null): number {
  return from === null || to === null ? 0 : Math.max(0, to.getTime() - from.getTime());
}

const sources = {
  push: 'a push',
  'pull-request': 'a pull request of a fork',
  manual: 'a click on “Run”',
  rerun: 'a click on “Run again”',
};

function startedBy({ source, actor }: Trigger): string {
  return actor === null ? sources[source] : `${sources[source]}, ${actor}`;
}

/** What only who looks for it needs. */
export function RunFacts({ model }: { readonly model: RunModel }) {
  const { run } = model;
  const told = toldWords(run.id, model.report);
  const news = newsWords(run.news);
  const problem = run.archive?.problem ?? null;
  const facts: readonly (readonly [string, string])[] = [
    ['Commit', run.sha],
    ['Ref', run.ref],
    ['Started by', startedBy(run.trigger)],
    ...(run.uncached ? [['Caches', 'no result of a test is taken from one'] as const] : []),
    ...(run.approval === null ? [] : [['Allowed by', `${run.approval.by}, ${exact(run.approval.at)}`] as const]),
    ...(run.trigger.delivery === null ? [] : [['Delivery', run.trigger.delivery] as const]),
    ['Created', exact(run.createdAt)],
    ...(run.startedAt === null ? [] : [['Started', exact(run.startedAt)] as const]),
    ...(run.finishedAt === null ? [] : [['Finished', exact(run.finishedAt)] as const]),
    ['Attempt', String(run.attempt)],
    ...(run.lease === null ? [] : [['Volume', `${run.lease.volume} (epoch ${run.lease.epoch})`] as const]),
    ...(run.outcome?.buildImage === undefined ? [] : [['Build image', run.outcome.buildImage] as const]),
    ...(run.outcome?.toolchain ? [['Bazel', run.outcome.toolchain] as const] : []),
    ...(run.outcome?.exitCode === null || run.outcome === null
      ? []
      : [['Exit code', String(run.outcome.exitCode)] as const]),
    ...(told === null ? [] : [['Status on GitHub', told] as const]),
    ...(news === null ? [] : [['Told its author', news] as const]),
    ...(problem === null ? [] : [['Archive of the log', problem] as const]),
    ['Run', run.id],
  ];
  return (
    <section class="part" id="facts" aria-labelledby="facts-title">
      <h2 id="facts-title">Facts</h2>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {run.pastAttempts.length === 0 ? null : (
        <>
          <h3>Attempts that did not count</h3>
          <ol class="attempts">
            {run.pastAttempts.map((past) => (
              <li value={past.attempt}>
                {past.reason}{' '}
                <span class="aside">
                  on volume {past.volume}, {exact(past.finishedAt)}
                </span>
              </li>
            ))}
          </ol>
        </>
      )}
      <p class="note">
        <a href={apiLink({ run: run.id })}>This run as JSON</a>
      </p>
    </section>
  );
}
