import * as z from 'zod';

/** The name of a person, as GitHub gives it; cut to this length by whoever writes it down. */
export const Person = z.string().max(100);

/** What people read of a commit; cut to these lengths by whoever makes it. */
export const CommitSummary = z.object({
  subject: z.string().max(200),
  author: Person.nullable(),
  committedAt: z.iso.datetime({ offset: true }).nullable(),
});
export type CommitSummary = z.output<typeof CommitSummary>;
