import type { RunModel } from '../run-model.ts';
import { bytes, figure } from '../words/text.ts';
import { EndIcon, OpenIcon } from './icons.tsx';
import { LogLines, linesOf } from './log-lines.tsx';

/** The log: its beginning and its end, with the gap said between them, and whether it is whole. */
export function RunLog({ model }: { readonly model: RunModel }) {
  const { run, log } = model;
  const going = run.state !== 'finished';
  const tail = linesOf(log.tail);
  const numbered = firstNumber(model, tail.length);
  return (
    <section class="part" aria-labelledby="log-title">
      <div class="title">
        <h2 id="log-title">Log</h2>
        {run.startedAt === null || (run.log === null && !going) ? null : (
          <a class="button" href={`/runs/${run.id}/log`} id="whole-log">
            <OpenIcon />
            {going ? 'Whole log so far' : `Whole log${run.log === null ? '' : `, ${bytes(run.log.bytes)}`}`}
          </a>
        )}
      </div>
      <div class="log" id="log" tabindex={0} role="region" aria-label="Lines of the log">
        <div id="lines">
          {log.head === '' ? null : <LogLines lines={linesOf(log.head)} from={1} />}
          {log.passedOver === 0 ? null : (
            <p class="gap">
              {bytes(log.passedOver)} left out here · <a href={`/runs/${run.id}/log`}>whole log</a>
            </p>
          )}
          <LogLines lines={tail} from={numbered} />
          {tail.length === 0 && log.head === '' ? <p class="nothing">{emptyWords(model)}</p> : null}
        </div>
      </div>
      <button class="newer" id="newer" type="button" hidden>
        <EndIcon />
        <span></span>
      </button>
      <p class="note" id="log-end">
        {endWords(model)}
      </p>
    </section>
  );
}

/** The number of the tail's first line, where it is known. */
function firstNumber({ run, log }: RunModel, count: number): number | undefined {
  if (log.passedOver === 0) return 1;
  return run.log?.complete === true ? Math.max(1, run.log.lines - count + 1) : undefined;
}

function emptyWords({ run }: RunModel): string {
  if (run.state === 'queued') return 'Nothing yet: the run waits.';
  return run.state === 'finished' ? 'There is no log.' : 'Nothing yet.';
}

function endWords({ run }: RunModel): string {
  if (run.state !== 'finished') return 'The log goes on while the run does.';
  if (run.log === null) return '';
  return run.log.complete
    ? `The log is complete: ${figure(run.log.lines)} lines.`
    : 'The end of the log is missing: the run was stopped before all of it could be kept.';
}
