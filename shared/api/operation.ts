import type * as z from 'zod';
import type { Right } from '../person/person.ts';
import type { Deed } from '../repository/audit.ts';

/** What comes back: of this shape, nothing, plain text, a stream of events, a way to another address, or JSON that says its shape itself. */
export type Answer = z.ZodType | 'nothing' | 'text' | 'events' | 'elsewhere' | 'document';

/** Something that programs may ask for: what is sent, who may, and what comes back. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the API's own address, as the router writes it: behind a parameter may stand what it looks like. */
  readonly path: string;
  readonly needs: 'nothing' | 'sign-in' | 'self' | Right;
  /** What it changes; of what changes nothing, left out. */
  readonly does?: Deed;
  /** What may stand after the question mark; nothing, if left out. */
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** A request without a body is as good as one with `{}`. */
  readonly mayBeEmpty?: true;
  /** By status. What is refused is a problem, everywhere. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** What people read, in Markdown: a line of the table in `docs/api.md`, and of OpenAPI's document. */
  readonly words: string;
}

/** Whether what comes back has a tag, by which who has it already is not sent it again (RFC 9110, section 13.1.2). */
export function isTagged({ method, answers }: Operation): boolean {
  return method === 'GET' && typeof answers[200] === 'object';
}
