import { runLink, apiLink } from '../../../shared/links.ts';
import { type Hit, searchLimits } from '../log/search.ts';
import type { LogModel } from '../models/log.ts';
import { figure, many } from '../words/text.ts';
import { SearchIcon } from './icons.tsx';

/** The run's page with its log at a line, or with another question to it; what is not named stays as it is. */
export function logAddress(
  { run, asked }: LogModel,
  change: { readonly line?: number; readonly from?: number; readonly times?: boolean },
): string {
  const query = new URLSearchParams();
  if (asked.words !== '') query.set('q', asked.words);
  const from = change.from ?? asked.from;
  if (asked.words !== '' && from > 1) query.set('from', String(from));
  const lines = asked.lines === null ? '' : `${asked.lines.from}-${asked.lines.to}`;
  const line = change.line === undefined ? lines : String(change.line);
  if (line !== '' && change.from === undefined) query.set('line', line);
  if (change.times ?? asked.times) query.set('times', '1');
  const text = query.toString();
  const place = change.line === undefined ? 'log-title' : `L${change.line}`;
  return `${runLink(run.id)}${text === '' ? '' : `?${text}`}#${place}`;
}

/** Search, and whether times are shown. Plain forms and links: they work without scripts. */
export function LogTools({ log }: { readonly log: LogModel }) {
  const { run, asked } = log;
  if (run.startedAt === null) return null;
  return (
    <>
      <div class="log-tools">
        <form id="search" role="search" method="get" action={`${runLink(run.id)}#log-title`}>
          <input
            type="search"
            name="q"
            value={asked.words}
            maxlength={searchLimits.words}
            aria-label="Search the log"
            placeholder="Search the log"
            spellcheck={false}
          />
          {asked.times ? <input type="hidden" name="times" value="1" /> : null}
          <button type="submit">
            <SearchIcon /> Search
          </button>
        </form>
        <a href={logAddress(log, { times: !asked.times })}>{asked.times ? 'Hide times' : 'Show times'}</a>
      </div>
      <div id="found" data-search={`${apiLink({ run: run.id })}/log/search`} aria-live="polite">
        <Found log={log} />
      </div>
    </>
  );
}

function Found({ log }: { readonly log: LogModel }) {
  const { search, asked } = log;
  if (search === null) return null;
  const { hits, from, to, next } = search;
  const where =
    next === null && from === 1 ? 'in the log' : `in lines ${figure(from)} to ${figure(Math.max(from, to))}`;
  return (
    <>
      <p class="note">
        {hits.length === 0 ? 'Nothing' : many(hits.length, 'line')} with “{asked.words}” {where}
        {next === null ? '.' : '. '}
        {next === null ? null : <a href={logAddress(log, { from: next })}>Search on from line {figure(next)}</a>}
      </p>
      {hits.length === 0 ? null : (
        <ol class="found">
          {hits.map((hit) => (
            <li>
              <a href={logAddress(log, { line: hit.line })} data-line={hit.line}>
                <span class="figure">{figure(hit.line)}</span> <HitText hit={hit} />
              </a>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function HitText({ hit: { text, start, end } }: { readonly hit: Hit }) {
  return (
    <code>
      {text.slice(0, start)}
      <mark>{text.slice(start, end)}</mark>
      {text.slice(end)}
    </code>
  );
}

const shownLandmarks = 6;

/** Where Bazel says that something failed: one step from there to the lines around it. */
export function Landmarks({ log }: { readonly log: LogModel }) {
  const { landmarks } = log.excerpt;
  return (
    <div id="landmarks">
      {landmarks.length === 0 ? null : (
        <nav aria-label="Failures in the log">
          <p class="note">Where something failed</p>
          <ol class="found">
            {landmarks.slice(0, shownLandmarks).map(({ line, text }) => (
              <li>
                <a href={logAddress(log, { line })} data-line={line}>
                  <span class="figure">{figure(line)}</span> <code>{text}</code>
                </a>
              </li>
            ))}
          </ol>
          {landmarks.length > shownLandmarks ? (
            <p class="note">{figure(landmarks.length - shownLandmarks)} more further down.</p>
          ) : null}
        </nav>
      )}
    </div>
  );
}
