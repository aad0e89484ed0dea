import { type Check, resultKey, type Seen } from './seen.ts';

/** A run is green only with its courier's record of this attempt and epoch, an exit code of 0, and tests that passed. */
export const noFalseGreen: Check = ({ runs, results, statuses }) => [
  ...runs
    .filter(({ outcome }) => outcome?.verdict === 'passed')
    .flatMap((run) => {
      const result = results.get(resultKey(run));
      if (result === undefined) return [`${run.id} passed without a result`];
      return [
        ...(result.exitCode === 0 ? [] : [`${run.id} passed with exit code ${String(result.exitCode)}`]),
        ...(result.events.complete ? [] : [`${run.id} passed though its events break off`]),
        ...(run.lease === null || result.epoch === run.lease.epoch
          ? []
          : [`${run.id} passed by a result of another epoch`]),
        ...(result.counts.failed + result.counts.timedOut === 0 ? [] : [`${run.id} passed with failed tests`]),
      ];
    }),
  ...[...statuses].flatMap(([sha, told]) =>
    told.some(
      ({ state, description, context }) =>
        context === 'yb' && state === 'success' && !isSkipped(sha, description, runs),
    ) &&
    !runs.some(
      ({ sha: own, outcome }) => own === sha && (outcome?.verdict === 'passed' || outcome?.verdict === 'no-tests'),
    )
      ? [`${sha} is green, and no run of it is`]
      : [],
  ),
];

/** A commit whose author did not want its tests is shown as just that. */
function isSkipped(sha: string, description: string, runs: Seen['runs']): boolean {
  return runs.some(
    ({ sha: own, outcome }) => own === sha && outcome?.verdict === 'skipped' && outcome.reason === description,
  );
}
