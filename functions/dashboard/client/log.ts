import { followRun } from './live.ts';
import { createLogDom } from './log-dom.ts';
import { createLogPlaces } from './log-places.ts';
import { searchOnPage } from './log-search.ts';
import { createLogView } from './log-view.ts';

/** The log of a run's page: any part of it when it is asked for, and what is new while the run goes on. */
export function showLog(): void {
  const page = document.getElementById('run');
  const log = document.getElementById('log');
  const lines = document.getElementById('lines');
  const newer = document.getElementById('newer');
  if (page === null || log === null || lines === null || newer === null) return;
  const dom = createLogDom(lines);
  searchOnPage(createLogPlaces({ log, lines, dom }));
  const url = page.dataset['live'];
  if (url !== undefined) followRun(page, url, createLogView({ log, lines, newer, dom }));
}
