import { isSame } from '../../../shared/run/commit-report.ts';
import { commitReportPath } from '../../../shared/store/commit-reports.ts';
import type { Check } from './seen.ts';

/** At rest, GitHub has the last word of the newest run of a commit, or it is kept why it never will; of a stranger's commit, nothing. */
export const finalStatus: Check = ({ runs, reports }) =>
  runs
    .filter(({ state, nextLookAt, vouched }) => vouched && state === 'finished' && nextLookAt === null)
    .flatMap((run) => {
      const report = reports.get(commitReportPath(run));
      if (report === undefined) return [`${run.id} is closed without a word`];
      if (report.speaker.runId !== run.id || report.left) return [];
      const told = report.desired.rank === 'final' && isSame(report.reported, report.desired);
      return told ? [] : [`${run.id} is closed without a last word`];
    });
