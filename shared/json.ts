import type { z } from 'zod';
import { type ErrorCode, YbError } from './errors.ts';

/**
 * Reads foreign JSON text through a schema.
 * @throws YbError with `code` (by default `malformed-message`) that names the first field that is wrong, never its value.
 */
export function parseJson<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  options: { readonly what: string; readonly code?: ErrorCode },
): z.output<Schema> {
  return parseValue(schema, readJson(text, options), options);
}

/** Reads a foreign value through a schema; errors as {@link parseJson}. */
export function parseValue<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  options: { readonly what: string; readonly code?: ErrorCode },
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new YbError(options.code ?? 'malformed-message', `${options.what}: ${describeIssues(parsed.error)}`);
}

function readJson(text: string, options: { readonly what: string; readonly code?: ErrorCode }): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own message quotes the text, which may hold a secret: it is left out on purpose.
    throw new YbError(options.code ?? 'malformed-message', `${options.what}: not JSON`);
  }
}

/** What a text says, if it is JSON, for who reads on without an error; else null. */
export function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Names the fields that are wrong and why, without their values. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.map(String).join('.') || '(root)'}: ${issue.message}`)
    .join('; ');
}
