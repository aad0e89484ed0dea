import * as z from 'zod';

const limits = { person: 100, subject: 200 } as const;
const DateTime = z.iso.datetime({ offset: true });

/** The name of a person, as GitHub gives it; cut to this length by {@link personOf}. */
export const Person = z.string().max(limits.person);

/** What people read of a commit; cut to these lengths by {@link summaryOf}. */
export const CommitSummary = z.object({
  subject: z.string().max(limits.subject),
  author: Person.nullable(),
  committedAt: DateTime.nullable(),
});
export type CommitSummary = z.output<typeof CommitSummary>;

/** A name as it is written down. */
export function personOf(name: string | null | undefined): string | null {
  return name === null || name === undefined ? null : cut(name, limits.person);
}

/** A commit as it is written down, out of what GitHub says of it: the message's first line, and a time only if it is one. */
export function summaryOf(commit: {
  readonly message: string;
  readonly author: string | null | undefined;
  readonly committedAt: string | null | undefined;
}): CommitSummary {
  const [subject = ''] = commit.message.split('\n', 1);
  const committedAt = DateTime.safeParse(commit.committedAt);
  return {
    subject: cut(subject, limits.subject),
    author: personOf(commit.author),
    committedAt: committedAt.success ? committedAt.data : null,
  };
}

/** At most `length` UTF-16 units, never half of a surrogate pair. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '');
}
