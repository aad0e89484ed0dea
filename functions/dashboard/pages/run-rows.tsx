import { runLink } from '../../../shared/links.ts';
import type { TargetCounts } from '../../../shared/attempt/result.ts';
import { type Run, shortRef, tookMilliseconds } from '../../../shared/run/run.ts';
import { headline, titleOf } from '../words/headline.ts';
import { figure, many } from '../words/text.ts';
import { duration } from '../../../shared/time-words.ts';
import { BranchIcon } from './icons.tsx';
import { State, When } from './parts.tsx';

/** Runs, newest first: one line each where there is room, two where there is not. */
export function RunRows({
  runs,
  now,
  label,
}: {
  readonly runs: readonly Run[];
  readonly now: Date;
  readonly label: string;
}) {
  return (
    <ol class="runs" aria-label={label}>
      {runs.map((run) => (
        <li class="run-row">
          <State of={headline(run)} short={true} />
          <a class="subject" href={runLink(run.id)}>
            {titleOf(run)}
          </a>
          <span class="branch">
            <BranchIcon />
            <span>{shortRef(run.ref)}</span>
          </span>
          <span class="who">{run.commit?.author ?? run.trigger.actor ?? ''}</span>
          <span class="when">
            <When at={run.createdAt} now={now} />
          </span>
          <span class="took">{tookWords(run)}</span>
          <Tests run={run} />
        </li>
      ))}
    </ol>
  );
}

function tookWords(run: Run): string {
  const took = tookMilliseconds(run);
  return took === null ? '' : duration(took);
}

/** The counts as a small bar with their words beside it. */
function Tests({ run }: { readonly run: Run }) {
  const counts = run.outcome?.counts ?? null;
  if (counts === null || counts.tests === 0) return <span class="tests"></span>;
  return (
    <span class="tests">
      <Proportions counts={counts} />
      <span>{testWords(counts)}</span>
    </span>
  );
}

function testWords(counts: TargetCounts): string {
  const failed = counts.failed + counts.timedOut + counts.failedToBuild;
  if (failed > 0) return `${figure(failed)} of ${figure(counts.tests)} failed`;
  return counts.flaky > 0 ? `${many(counts.tests, 'test')}, ${figure(counts.flaky)} flaky` : many(counts.tests, 'test');
}

function Proportions({ counts }: { readonly counts: TargetCounts }) {
  const width = 36;
  const failed = counts.failed + counts.timedOut + counts.failedToBuild;
  // What is there is seen: one failure of two thousand is still two pixels wide.
  const share = (count: number): number => (count === 0 ? 0 : Math.max(2, (count / counts.tests) * width));
  const bad = share(failed);
  const warn = share(counts.flaky);
  const good = Math.max(0, share(counts.passed) - Math.max(0, bad + warn + share(counts.passed) - width));
  return (
    <svg class="proportions" viewBox={`0 0 ${width} 6`} width={width} height="6" aria-hidden="true" focusable="false">
      <rect class="rest" x="0" y="0" width={width} height="6" rx="1" />
      <rect class="bad" x="0" y="0" width={bad.toFixed(1)} height="6" />
      <rect class="warn" x={bad.toFixed(1)} y="0" width={warn.toFixed(1)} height="6" />
      <rect class="good" x={(bad + warn).toFixed(1)} y="0" width={good.toFixed(1)} height="6" />
    </svg>
  );
}
