import { figure, many } from '../words/text.ts';
import { link } from './log-dom.ts';
import type { LogPlaces } from './log-places.ts';

/** What the server answers: `LogSearchView` of the API. */
interface Answer {
  readonly hits: readonly {
    readonly line: number;
    readonly text: string;
    readonly start: number;
    readonly end: number;
  }[];
  readonly to: number;
  readonly next: number | null;
}

/** A search goes on by itself until it has found so many lines, or has asked so often. */
const enough = 20;
const most = 40;

/** Searches without another page, through as much of the log as it takes, and goes to what was found. */
export function searchOnPage(places: LogPlaces): void {
  const form = document.getElementById('search');
  const found = document.getElementById('found');
  const url = found?.dataset['search'];
  let latest = 0;

  document.addEventListener('click', (event) => {
    const there = event.target instanceof Element ? event.target.closest<HTMLElement>('a[data-line]') : null;
    if (there === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const line = Number(there.dataset['line']);
    history.replaceState(null, '', `?line=${line}#L${line}`);
    void places.show(line, line);
  });
  if (!(form instanceof HTMLFormElement) || found === null || url === undefined) return;

  const search = async (words: string, from: number): Promise<void> => {
    latest += 1;
    const mine = latest;
    const say = document.createElement('p');
    say.className = 'note';
    const list = document.createElement('ol');
    list.className = 'found';
    found.replaceChildren(say, list);
    let next: number | null = from;
    for (let asked = 0; next !== null && asked < most && list.children.length < enough; asked += 1) {
      const answer: Answer = await fetchHits(`${url}?q=${encodeURIComponent(words)}&from=${next}`);
      // Something else has been looked for meanwhile.
      if (mine !== latest) return;
      list.append(...answer.hits.map(rowOf));
      const count = list.children.length;
      say.textContent = `${count === 0 ? 'Nothing' : many(count, 'line')} with “${words}” in lines ${figure(from)} to ${figure(Math.max(from, answer.to))}. `;
      ({ next } = answer);
    }
    if (next === null) return;
    const on = link(`?q=${encodeURIComponent(words)}&from=${next}#log-title`, `Search on from line ${figure(next)}`);
    const start = next;
    on.addEventListener('click', (event) => {
      event.preventDefault();
      void search(words, start).catch(fail);
    });
    say.append(on);
  };
  const fail = (): void => {
    found.textContent = 'The search did not get an answer. Try it again.';
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const words = new FormData(form).get('q');
    latest += 1;
    if (typeof words !== 'string' || words === '') found.replaceChildren();
    else void search(words, 1).catch(fail);
  });
}

function rowOf(hit: Answer['hits'][number]): HTMLLIElement {
  const row = document.createElement('li');
  const there = link(`?line=${hit.line}#L${hit.line}`, '');
  there.dataset['line'] = String(hit.line);
  const number = document.createElement('span');
  number.className = 'figure';
  number.textContent = figure(hit.line);
  const text = document.createElement('code');
  const mark = document.createElement('mark');
  mark.textContent = hit.text.slice(hit.start, hit.end);
  text.append(hit.text.slice(0, hit.start), mark, hit.text.slice(hit.end));
  there.append(number, ' ', text);
  row.append(there);
  return row;
}

async function fetchHits(url: string): Promise<Answer> {
  const response = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'error' });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  // Our own server's answer, made from the schema that this interface repeats.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as said
  return (await response.json()) as Answer;
}
