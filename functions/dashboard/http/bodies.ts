import type { Context } from 'hono';
import type * as z from 'zod';
import { YbError } from '../../../shared/errors.ts';
import { parseJson, parseValue } from '../../../shared/json.ts';
import { limitedText } from '../../../shared/limited-body.ts';

/** The largest body that any route has use for is a secret, each byte of which may be written as six. */
const maxBytes = 128 * 1024;

/**
 * The JSON body of a request.
 * @throws YbError `payload-too-large`, `unsupported-media-type`, `bad-request` for what is not JSON or not of this form
 */
export async function jsonBody<Schema extends z.ZodType>(context: Context, schema: Schema): Promise<z.output<Schema>> {
  return jsonIn(context, schema, await textOf(context));
}

/** As {@link jsonBody}, of a request that need not have one: nothing sent, whatever it is called, is as good as `{}`. */
export async function jsonBodyIfSent<Schema extends z.ZodType>(
  context: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await textOf(context);
  return text === '' ? parseValue(schema, {}, { what: 'body', code: 'bad-request' }) : jsonIn(context, schema, text);
}

function jsonIn<Schema extends z.ZodType>(context: Context, schema: Schema, text: string): z.output<Schema> {
  if (!/^application\/json\s*(?:;|$)/i.test(context.req.header('content-type') ?? '')) {
    throw new YbError('unsupported-media-type', 'Send the body as application/json');
  }
  return parseJson(schema, text, { what: 'body', code: 'bad-request' });
}

/** The fields of a form of our pages. The last of several with one name counts. */
export async function formBody(context: Context): Promise<ReadonlyMap<string, string>> {
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(context.req.header('content-type') ?? '')) {
    throw new YbError('unsupported-media-type', 'Send the form as a form');
  }
  return new Map(new URLSearchParams(await textOf(context)));
}

/**
 * What stands after the question mark.
 * @throws YbError `bad-request` if it is not of this form
 */
export function query<Schema extends z.ZodType>(context: Context, schema: Schema): z.output<Schema> {
  return parseValue(schema, context.req.query(), { what: 'query', code: 'bad-request' });
}

async function textOf(context: Context): Promise<string> {
  if ((context.req.header('content-encoding') ?? 'identity').toLowerCase() !== 'identity') {
    throw new YbError('unsupported-media-type', 'Send the body as it is, not compressed');
  }
  const text = await limitedText(context.req.raw.body, maxBytes);
  if (text === null) throw new YbError('payload-too-large', `A body may have ${maxBytes} bytes`);
  return text;
}
