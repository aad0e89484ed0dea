import type { Check } from './seen.ts';

const final = new Set(['success', 'failure', 'error']);

/** What GitHub is told of a run never goes back: after its last word nothing follows, and no word is said twice. */
export const newestStatusWins: Check = ({ statuses }) =>
  [...statuses].flatMap(([sha, told]) => {
    const ends = new Set<string>();
    let before = '';
    return told.flatMap(({ state, targetUrl, description }) => {
      const words = `${targetUrl} ${state}: ${description}`;
      const findings = [
        ...(ends.has(targetUrl) ? [`${sha}: "${words}" after its end`] : []),
        ...(words === before ? [`${sha}: "${words}" twice`] : []),
      ];
      if (final.has(state)) ends.add(targetUrl);
      before = words;
      return findings;
    });
  });
