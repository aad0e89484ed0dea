import type * as z from 'zod';
import { YbError } from './errors.ts';

/** The variables of a process, as handed to a parser. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process: the one place that reads it. */
export function environment(): Environment {
  return Object.freeze({ ...process.env });
}

/**
 * Reads a program's settings from an environment.
 * @throws YbError `bad-settings` that names every variable that is missing or wrong in one message, never a value.
 */
export function readSettings<Schema extends z.ZodType>(
  schema: Schema,
  source: Environment,
): Readonly<z.output<Schema>> {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(present);
  if (parsed.success) return Object.freeze(parsed.data);
  const problems = parsed.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
  throw new YbError('bad-settings', `settings: ${problems.join('; ')}`);
}
