import type { Check } from './seen.ts';

/** At rest, a run that is over has told GitHub its last word, or keeps why it never will; of a stranger's commit, nothing. */
export const finalStatus: Check = ({ runs }) =>
  runs
    .filter(
      ({ state, status, open, vouched }) =>
        vouched && state === 'finished' && !open && status.reported !== 'final' && status.givenUp === null,
    )
    .map(({ id }) => `${id} is closed without a last word`);
