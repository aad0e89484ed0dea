import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createManualClock } from '../../world/clock.ts';
import { startForTest } from './github-rig.ts';

const callback = 'http://127.0.0.1:1234/callback?next=1';
const Tokens = z.object({ access_token: z.string(), scope: z.string(), token_type: z.literal('bearer') });

async function setUp() {
  const clock = createManualClock();
  const github = await startForTest({ clock });
  const authorize = async (parameters: Readonly<Record<string, string>>): Promise<Response> => {
    const url = new URL(`${github.webUrl}/login/oauth/authorize`);
    const all = { client_id: github.oauth.clientId, redirect_uri: callback, state: 'st&te', ...parameters };
    for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
    return await fetch(url, { redirect: 'manual' });
  };
  const code = async (parameters: Readonly<Record<string, string>> = {}): Promise<string> => {
    const answer = await authorize({ login: 'demo', scope: 'repo', ...parameters });
    return new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? '';
  };
  const exchange = async (parameters: Readonly<Record<string, string>>): Promise<unknown> => {
    const answer = await fetch(`${github.webUrl}/login/oauth/access_token`, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: new URLSearchParams({
        client_id: github.oauth.clientId,
        client_secret: github.oauth.clientSecret,
        ...parameters,
      }),
    });
    expect(answer.status).toBe(200);
    return await answer.json();
  };
  return { github, clock, authorize, code, exchange };
}

describe('signing in', () => {
  it('goes over a page with a button for each user', async () => {
    const { authorize } = await setUp();

    const page = await (await authorize({ scope: 'repo"><script>' })).text();

    expect(page).toContain('Continue as demo');
    expect(page).toContain('Continue as other');
    expect(page).toContain('name="state" value="st&amp;te"');
    expect(page).not.toContain('<script>');
  });

  it('leads back with a code and the state, which gets a token of that user', async () => {
    const { github, authorize, exchange } = await setUp();

    const answer = await authorize({ login: 'other', scope: 'repo read:user' });
    const back = new URL(answer.headers.get('location') ?? '');
    const tokens = Tokens.parse(await exchange({ code: back.searchParams.get('code') ?? '', redirect_uri: callback }));

    expect(answer.status).toBe(302);
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ next: '1', state: 'st&te' });
    expect(tokens.scope).toBe('repo,read:user');
    const user = await github.api('GET', '/user', { token: tokens.access_token });
    expect(user.body).toMatchObject({ login: 'other' });
    expect(user.headers.get('x-oauth-scopes')).toBe('repo, read:user');
  });

  it('gives a GitHub App’s token for eight hours, and the next one for what came with it, once', async () => {
    const { github, clock, code, exchange } = await setUp();
    const Expiring = Tokens.extend({ refresh_token: z.string().startsWith('ghr_'), expires_in: z.literal(28_800) });
    const first = Expiring.parse(await exchange({ code: await code({ scope: '' }) }));
    clock.advance(28_800_000);
    expect((await github.api('GET', '/user', { token: first.access_token })).status).toBe(401);
    const again = { grant_type: 'refresh_token', refresh_token: first.refresh_token };
    const second = Expiring.parse(await exchange(again));
    expect((await github.api('GET', '/user', { token: second.access_token })).status).toBe(200);
    expect(await exchange(again)).toMatchObject({ error: 'bad_refresh_token' });
  });

  it('without a scope gives a token like those of a GitHub App, with the rights of its user', async () => {
    const { github, code, exchange } = await setUp();
    await github.api('POST', '/user/repos', { body: { name: 'secret', private: true } });

    const { access_token: token } = Tokens.parse(await exchange({ code: await code({ scope: '' }) }));

    expect(token).toMatch(/^ghu_/);
    const answer = await github.api('GET', '/repos/demo/secret', { token });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-oauth-scopes')).toBeNull();
  });

  it('uses a code once, and only for ten minutes', async () => {
    const { clock, code, exchange } = await setUp();
    const once = await code();
    const late = await code();

    expect(await exchange({ code: once })).toHaveProperty('access_token');
    expect(await exchange({ code: once })).toMatchObject({ error: 'bad_verification_code' });
    clock.advance(10 * 60 * 1000);
    expect(await exchange({ code: late })).toMatchObject({ error: 'bad_verification_code' });
  });

  it.each([
    { what: 'a wrong secret', parameters: { client_secret: 'wrong' }, error: 'incorrect_client_credentials' },
    { what: 'a wrong client', parameters: { client_id: 'wrong' }, error: 'incorrect_client_credentials' },
    { what: 'a wrong code', parameters: { code: 'wrong' }, error: 'bad_verification_code' },
    { what: 'another address', parameters: { redirect_uri: 'http://127.0.0.1:1/' }, error: 'redirect_uri_mismatch' },
  ])('tells of $what in an answer with 200', async ({ parameters, error }) => {
    const { code, exchange } = await setUp();

    expect(await exchange({ code: await code(), ...parameters })).toMatchObject({
      error,
      error_description: expect.any(String),
    });
  });

  it('asks for the proof of a code that was asked for with a challenge', async () => {
    const { code, exchange } = await setUp();
    const verifier = 'v'.repeat(43);
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const ask = { code_challenge: challenge, code_challenge_method: 'S256' };

    expect(await exchange({ code: await code(ask) })).toMatchObject({ error: 'bad_verification_code' });
    expect(await exchange({ code: await code(ask), code_verifier: 'x' })).toMatchObject({
      error: 'bad_verification_code',
    });
    expect(await exchange({ code: await code(ask), code_verifier: verifier })).toHaveProperty('access_token');
  });

  it.each([
    { what: 'an address elsewhere', parameters: { redirect_uri: 'https://example.com/' }, status: 400 },
    { what: 'an address that is none', parameters: { redirect_uri: 'javascript:alert(1)' }, status: 400 },
    { what: 'an unknown client', parameters: { client_id: 'x' }, status: 404 },
    { what: 'an unknown user', parameters: { login: 'nobody' }, status: 404 },
  ])('sends no code to $what', async ({ parameters, status }) => {
    const { authorize } = await setUp();

    const answer = await authorize({ login: 'demo', ...parameters });

    expect(answer.status).toBe(status);
    expect(answer.headers.get('location')).toBeNull();
  });

  it('keeps the ten newest tokens of a user', async () => {
    const { github, code, exchange } = await setUp();
    const tokens: string[] = [];
    for (let round = 0; round < 11; round += 1) {
      tokens.push(Tokens.parse(await exchange({ code: await code() })).access_token);
    }
    const status = async (token: string | undefined): Promise<number> =>
      (await github.api('GET', '/user', { token: token ?? '' })).status;

    expect(await status(tokens[0])).toBe(401);
    expect(await status(tokens[1])).toBe(200);
    expect(await status(github.token)).toBe(200);
  });
});
