import * as z from 'zod';
import { YbError } from '../errors.ts';
import { type HttpAnswer, sendHttp } from '../http.ts';
import { parseJson, parseValue } from '../json.ts';
import type { HookDocuments } from '../outside/hooks.ts';
import { hookPath } from '../store/hooks.ts';
import { count } from '../tally.ts';
import type { TokenSource } from './token.ts';

/**
 * {@link HookDocuments} over Firestore's REST API
 * (https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases.documents): loading the gRPC client would
 * take longer than everything else that a webhook does before its first answer.
 */
export function createHookDocuments(options: {
  readonly project: string;
  readonly database: string;
  readonly emulatorHost?: string | undefined;
  readonly token: TokenSource;
  readonly timeoutMilliseconds: number;
}): HookDocuments {
  const base =
    options.emulatorHost === undefined ? 'https://firestore.googleapis.com' : `http://${options.emulatorHost}`;
  const root = `${base}/v1/projects/${options.project}/databases/${options.database}/documents`;
  const ask = async (method: 'GET' | 'PATCH', path: string, body?: string): Promise<HttpAnswer> => {
    try {
      // The emulator takes this word for an owner, whom its rules do not bind.
      const token = options.emulatorHost === undefined ? await options.token() : 'owner';
      return await sendHttp({
        method,
        url: `${root}/${path}`,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body }),
        timeoutMilliseconds: options.timeoutMilliseconds,
      });
    } catch (error) {
      throw new YbError('store-unavailable', 'the database cannot be reached', { cause: error });
    }
  };
  return {
    async get(hookKey) {
      count('firestore', { reads: 1 });
      const { status, text } = await ask('GET', hookPath(hookKey));
      if (status === 404) return null;
      if (status !== 200) throw new YbError('store-unavailable', `the database answered ${status}`);
      const { fields } = parseJson(Document, text, { what: 'hook', code: 'malformed-document' });
      return parseValue(Fields, plain({ mapValue: { fields } }), { what: 'hook', code: 'malformed-document' });
    },
    async update(hookKey, fields) {
      count('firestore', { writes: 1 });
      const mask = Object.keys(fields).map((name) => `updateMask.fieldPaths=${name}`);
      const query = [...mask, 'currentDocument.exists=true'].join('&');
      const values = Object.entries(fields).map(([name, at]) => [name, { timestampValue: at.toISOString() }] as const);
      const body = JSON.stringify({ fields: Object.fromEntries(values) });
      const { status } = await ask('PATCH', `${hookPath(hookKey)}?${query}`, body);
      if (status !== 200) throw new YbError('store-unavailable', `the database answered ${status}`);
    },
  };
}

const Fields = z.record(z.string(), z.unknown());
const Document = z.object({ fields: z.record(z.string(), z.unknown()).default({}) });

const Value = z.union([
  z.object({ nullValue: z.unknown() }),
  z.object({ stringValue: z.string() }),
  z.object({ booleanValue: z.boolean() }),
  z.object({ integerValue: z.coerce.number() }),
  z.object({ doubleValue: z.number() }),
  z.object({ timestampValue: z.string() }),
  z.object({ arrayValue: z.object({ values: z.array(z.unknown()).default([]) }) }),
  z.object({ mapValue: z.object({ fields: z.record(z.string(), z.unknown()).default({}) }) }),
]);

/** A value of the REST API as the client library would give it. */
function plain(value: unknown): unknown {
  const parsed = parseValue(Value, value, { what: 'value of a document', code: 'malformed-document' });
  if ('nullValue' in parsed) return null;
  if ('stringValue' in parsed) return parsed.stringValue;
  if ('booleanValue' in parsed) return parsed.booleanValue;
  if ('integerValue' in parsed) return parsed.integerValue;
  if ('doubleValue' in parsed) return parsed.doubleValue;
  if ('timestampValue' in parsed) return new Date(parsed.timestampValue);
  if ('arrayValue' in parsed) return parsed.arrayValue.values.map(plain);
  return Object.fromEntries(Object.entries(parsed.mapValue.fields).map(([key, inner]) => [key, plain(inner)]));
}
