import { readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { YbError } from '../shared/errors.ts';
import { parseJson, parseValue } from '../shared/json.ts';

const ApiTokens = z.object({ apiToken: z.string(), otherApiToken: z.string() });
export type ApiTokens = z.output<typeof ApiTokens>;

/**
 * Tokens of the system's own for the two sample people: made as `yb login` makes them, in exchange for what GitHub's App was given, and
 * kept in `file` for the next start.
 */
export async function apiTokens(options: {
  readonly dashboard: string;
  readonly file: string;
  readonly appToken: string;
  readonly otherAppToken: string;
}): Promise<ApiTokens> {
  const { dashboard, file } = options;
  const text = await readFile(file, 'utf8').catch(() => null);
  const known = text === null ? null : parseJson(ApiTokens, text, { what: file, code: 'bad-settings' });
  const [apiToken, otherApiToken] = await Promise.all([
    good(dashboard, known?.apiToken, options.appToken),
    good(dashboard, known?.otherApiToken, options.otherAppToken),
  ]);
  const tokens = { apiToken, otherApiToken };
  if (known?.apiToken !== apiToken || known.otherApiToken !== otherApiToken) {
    await writeFile(file, JSON.stringify(tokens), { mode: 0o600 });
  }
  return tokens;
}

/** The kept token if it is still good, else a new one. */
async function good(dashboard: string, known: string | undefined, appToken: string): Promise<string> {
  if (known !== undefined) {
    const headers = { authorization: `Bearer ${known}` };
    if ((await fetch(`${dashboard}/api/v1/person`, { headers })).ok) return known;
  }
  const response = await fetch(`${dashboard}/api/v1/login`, {
    method: 'POST',
    headers: { authorization: `Bearer ${appToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'the local system' }),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new YbError('internal', `the dashboard answers ${response.status} to a sign-in`);
  return parseValue(z.object({ token: z.string() }), answer, { what: 'the answer of the dashboard' }).token;
}
