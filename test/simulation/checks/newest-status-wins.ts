import { inAge, isSame } from '../../../shared/run/commit-report.ts';
import type { StatusToShow } from '../../../shared/outside/github.ts';
import { statusContexts } from '../../../shared/run/status.ts';
import type { Run } from '../../../shared/run/run.ts';
import type { Check } from './seen.ts';

const final = new Set(['success', 'failure', 'error']);

/**
 * What GitHub is told of a commit, under each context, never goes back: after the last word of a run nothing of it follows, no word is said twice, and of
 * two runs the older one is silent once the newer one has spoken. A last word that GitHub was seen to have lost is said again.
 */
export const newestStatusWins: Check = ({ statuses, runs, reports, late }) => {
  const byId = new Map(runs.map((run) => [run.id, run]));
  // Said again, or about to be.
  const corrected = new Set(
    [...reports.values()]
      .filter(
        ({ corrected: times, sending, reported, desired }) =>
          times > 0 || (sending !== null && isSame(reported, desired)),
      )
      .map(({ sha, context }) => `${sha} ${context}`),
  );
  const stories = [...statuses].flatMap(([sha, told]) =>
    statusContexts.map(
      (context) => [`${sha} ${context}`, told.filter((status) => status.context === context)] as const,
    ),
  );
  return stories.flatMap(([sha, told]) => {
    const ends = new Map<string, string>();
    let before = '';
    let lost = false;
    let newest: Run | undefined;
    return told.flatMap((status) => {
      if (late?.has(status) === true) {
        before = '';
        lost = true;
        return [];
      }
      const { state, targetUrl } = status;
      const words = wordsOf(status);
      const run = byId.get(targetUrl.split('/').at(-1) ?? '');
      const again = (lost || corrected.has(sha)) && ends.get(targetUrl) === words;
      const findings = [
        ...(ends.has(targetUrl) && !again ? [`${sha}: "${words}" after its end`] : []),
        ...(words === before && !again ? [`${sha}: "${words}" twice`] : []),
        ...(run !== undefined && newest !== undefined && inAge(run, newest) < 0
          ? [`${sha}: "${words}" after a word of the newer run ${newest.id}`]
          : []),
      ];
      if (final.has(state)) ends.set(targetUrl, words);
      if (run !== undefined && (newest === undefined || inAge(run, newest) > 0)) newest = run;
      before = words;
      return findings;
    });
  });
};

function wordsOf({ targetUrl, state, description }: StatusToShow): string {
  return `${targetUrl} ${state}: ${description}`;
}
