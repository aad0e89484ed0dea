import { ago } from '../../../shared/time-words.ts';

const every = 20_000;

/** “4 min ago” stays true while a page is open. */
export function keepTimesRight(): void {
  setInterval(() => {
    if (document.hidden) return;
    for (const element of document.querySelectorAll('time')) {
      const words = ago(new Date(element.dateTime), new Date());
      if (element.textContent !== words) element.textContent = words;
    }
  }, every);
}
