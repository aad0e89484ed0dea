import { runLink, apiLink } from '../../../shared/links.ts';
import type { LogModel } from '../models/log.ts';
import { logNote, missingEnd, noLines } from '../words/log.ts';
import { bytes } from '../words/text.ts';
import { EndIcon, OpenIcon } from './icons.tsx';
import type { LineView } from '../log/rows.ts';
import { LogItems } from './log-lines.tsx';
import { Landmarks, logAddress, LogTools } from './log-tools.tsx';

/** The log: its beginning, its end and what was asked for, with what lies between said at its place. */
export function RunLog({ log }: { readonly log: LogModel }) {
  const { run, asked, excerpt } = log;
  const going = run.state !== 'finished';
  const wholeLog = `${runLink(run.id)}/log`;
  const cut = missingEnd(run);
  const view: LineView = {
    href: (line) => logAddress(log, { line }),
    wholeLine: (line) => `${wholeLog}/line?number=${line}`,
    wholeLog,
    start: run.startedAt,
    marked: asked.lines,
  };
  return (
    <section class="part" aria-labelledby="log-title">
      <div class="title">
        <h2 id="log-title">Log</h2>
        {run.startedAt === null || (run.log === null && !going) ? null : (
          <a class="button" href={wholeLog} id="whole-log">
            <OpenIcon />
            {going ? 'Whole log so far' : `Whole log${run.log === null ? '' : `, ${bytes(run.log.bytes)}`}`}
          </a>
        )}
      </div>
      <LogTools log={log} />
      <Landmarks log={log} />
      <div class="log" id="log" tabindex={0} role="region" aria-label="Lines of the log">
        <div class={asked.times ? 'timed' : ''}>
          <div
            id="lines"
            data-lines={`${apiLink({ run: run.id })}/log/lines`}
            data-whole={`${wholeLog}/line?number=`}
            data-start={run.startedAt?.toISOString()}
          >
            <LogItems items={excerpt.items} end={excerpt.bytes} view={view} />
            {excerpt.items.length === 0 ? <p class="nothing">{noLines(run)}</p> : null}
          </div>
          <div id="log-cut">{cut === null ? null : <p class="gap lost">{cut}</p>}</div>
        </div>
      </div>
      <button class="newer" id="newer" type="button" hidden>
        <EndIcon />
        <span></span>
      </button>
      <p class="note" id="log-end">
        {logNote(run)}
      </p>
    </section>
  );
}
