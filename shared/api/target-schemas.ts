import * as z from 'zod';
import { keptStatuses } from '../history/history.ts';
import { resultLimits } from '../attempt/result.ts';

const Time = z.iso.datetime();

/** A test over the last runs that executed it. */
export const TargetSummaryView = z.object({
  label: z.string(),
  /** Results that are `FLAKY`, of so many. */
  flaky: z.number().int(),
  of: z.number().int(),
  flakeRate: z.number().min(0).max(1),
  /** `began`: it was not flaky before the run `flakySince`. `known`: for as far back as anything is kept. */
  flakiness: z.enum(['none', 'began', 'known']),
  flakySince: z.string().nullable(),
  typicalDurationMs: z.number().nullable(),
  onDefaultBranch: z.enum(['passes', 'fails']).nullable(),
});
export type TargetSummaryView = z.output<typeof TargetSummaryView>;

export const TargetHistoryView = TargetSummaryView.extend({
  /** Newest first. */
  results: z.array(
    z.object({
      run: z.string(),
      url: z.string(),
      at: Time,
      onDefaultBranch: z.boolean(),
      status: z.enum(keptStatuses),
      attempts: z.number().int(),
      durationMs: z.number().nullable(),
    }),
  ),
  /** What is left of the newest ones that did not simply pass: their failing cases, and the end of their log. */
  failures: z.array(
    z.object({
      run: z.string(),
      url: z.string(),
      status: z.enum(keptStatuses),
      cases: z.array(z.object({ name: z.string(), message: z.string() })),
      lines: z.array(z.string()).nullable(),
    }),
  ),
});
export type TargetHistoryView = z.output<typeof TargetHistoryView>;

/** Without a label: the tests that fail on the default branch, and those that are flaky. */
export const TargetListView = z.object({
  failing: z.array(TargetSummaryView),
  flaky: z.array(TargetSummaryView),
});
export type TargetListView = z.output<typeof TargetListView>;

export const TargetQuery = z.strictObject({ label: z.string().min(1).max(resultLimits.label).optional() });
