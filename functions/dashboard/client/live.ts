import { showCopyButtons } from './copy.ts';
import type { LogView, NewText } from './log-view.ts';

/** What the server answers: `LiveView` of the API. */
interface Answer {
  readonly run: { readonly state: string; readonly attempt: number };
  readonly headline: { readonly tone: string; readonly mark: string; readonly words: string };
  readonly line: string;
  readonly targets: readonly { readonly label: string; readonly status: string }[];
  readonly log: NewText;
  readonly cursor: Cursor;
  readonly more: boolean;
}

interface Cursor {
  readonly attempt: number;
  readonly chunk: number;
  /** Null where nobody has counted. */
  readonly line: number | null;
  readonly targets: number;
}

const every = 700;
/** After a longer pause nobody knows when in it a line was printed. */
const pause = 5_000;
const slowest = 15_000;
const failures = new Set(['FAILED', 'TIMEOUT', 'REMOTE_FAILURE', 'FAILED_TO_BUILD']);

/** Follows a run that goes on, and stops when it has ended. Costs nothing while nobody looks at the page. */
export function followRun(page: HTMLElement, url: string, view: LogView): void {
  const { attempt, chunk, line, targets } = page.dataset;
  let cursor: Cursor = {
    attempt: Number(attempt),
    chunk: Number(chunk),
    line: line === undefined ? null : Number(line),
    targets: Number(targets),
  };
  let asked = 0;
  let delay = every;
  let timer = 0;

  const next = (milliseconds: number): void => {
    clearTimeout(timer);
    // Hidden pages ask nothing; they go on where they were when somebody looks again.
    if (!document.hidden) timer = setTimeout(() => void ask(), milliseconds);
  };
  const ask = async (): Promise<void> => {
    try {
      const answer = await fetchAnswer(url, cursor);
      delay = every;
      const before = asked;
      asked = Date.now();
      show({ page, view, answer, before: cursor, timely: asked - before < pause });
      cursor = answer.cursor;
      if (answer.more) next(0);
      else if (answer.run.state === 'finished') await showOutcome(page);
      else next(every);
    } catch {
      delay = Math.min(delay * 2, slowest);
      next(delay);
    }
  };
  document.addEventListener('visibilitychange', () => {
    next(0);
  });
  next(every);
}

async function fetchAnswer(url: string, cursor: Cursor): Promise<Answer> {
  const { attempt, chunk, line, targets } = cursor;
  const place = `attempt=${attempt}&chunk=${chunk}${line === null ? '' : `&line=${line}`}`;
  const response = await fetch(`${url}?${place}&targets=${targets}`, {
    headers: { accept: 'application/json' },
    redirect: 'error',
  });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  // Our own server's answer, made from the schema that this interface repeats.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as said
  return (await response.json()) as Answer;
}

function show(options: {
  readonly page: HTMLElement;
  readonly view: LogView;
  readonly answer: Answer;
  readonly before: Cursor;
  /** What is new was printed just now. */
  readonly timely: boolean;
}): void {
  const { page, view, answer, before } = options;
  if (answer.cursor.attempt !== before.attempt) view.clear();
  view.append(options.timely ? answer.log : { ...answer.log, at: null });
  setText(document.getElementById('line'), answer.line);
  for (const target of answer.targets) if (failures.has(target.status)) addFailure(target.label);
  setText(document.querySelector('#summary h1 .state > span'), answer.headline.words);
  if (answer.headline.mark !== page.dataset['mark'] && answer.run.state !== 'finished') {
    page.dataset['mark'] = answer.headline.mark;
    announce(answer.headline.words);
    void replaceParts(['summary']);
  }
}

/** A failure is on the page as soon as it is known, below what is there already. */
function addFailure(label: string): void {
  const list = document.getElementById('live-failures');
  if (list === null) return;
  const known = [...document.querySelectorAll('#results code')].some((code) => code.textContent === label);
  if (known) return;
  const row = document.createElement('li');
  row.className = 'row';
  const state = document.createElement('span');
  state.className = 'state bad';
  state.textContent = 'Failed';
  const name = document.createElement('code');
  name.textContent = label;
  row.append(state, name);
  list.append(row);
  list.hidden = false;
  announce(`${label} failed`);
}

/** The run has ended: the server's page says how. The log stays as it is: somebody may be reading it. */
async function showOutcome(page: HTMLElement): Promise<void> {
  await replaceParts(['summary', 'results', 'timing', 'facts', 'landmarks', 'whole-log', 'log-cut', 'log-end']);
  page.removeAttribute('data-live');
  announce(document.querySelector('#summary h1')?.textContent ?? '');
}

async function replaceParts(ids: readonly string[]): Promise<void> {
  const response = await fetch(location.pathname, { headers: { accept: 'text/html' }, redirect: 'error' });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  document.title = fresh.title;
  for (const id of ids) {
    const part = fresh.getElementById(id);
    const old = document.getElementById(id);
    if (part === null || old === null) continue;
    old.replaceWith(part);
    showCopyButtons(part);
  }
}

function announce(words: string): void {
  setText(document.getElementById('announce'), words);
}

function setText(element: Element | null, text: string): void {
  if (element !== null && element.textContent !== text) element.textContent = text;
}
