import { createDeviceCode, exchangeDeviceCode } from '@octokit/oauth-methods';
import * as z from 'zod';
import { YbError } from '../shared/errors.ts';
import { createGitHubCaller, githubMilliseconds } from '../shared/github/caller.ts';
import { answerOf } from '../shared/github/errors.ts';
import type { Clock } from '../shared/outside/clock.ts';
import { CommandError } from './command.ts';

/** What GitHub gives the App for the person. */
export interface DeviceGrant {
  readonly token: string;
  /** With which the server has the next one when this one expires, where it does. */
  readonly refreshToken?: string;
  readonly expiresInSeconds?: number;
}

/** Where a person says yes, and what they type there. */
export interface DeviceCode {
  readonly userCode: string;
  readonly verificationUrl: string;
}

export interface DeviceFlowOptions {
  /** Of GitHub's pages. */
  readonly webUrl: string;
  readonly clientId: string;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Tells the person, once, what to do. */
  readonly ask: (code: DeviceCode) => void;
}

const Refusal = z.object({ error: z.string() });

/**
 * Has GitHub ask the person in a browser, wherever that is, and waits for the answer
 * (https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app#using-the-device-flow-to-generate-a-user-access-token).
 * @throws CommandError if the person says no, or nothing in time
 */
export async function signInByDevice(options: DeviceFlowOptions): Promise<DeviceGrant> {
  const { clientId, clock, signal } = options;
  const call = createGitHubCaller({ ...options, apiUrl: options.webUrl, timeoutMilliseconds: githubMilliseconds });
  const common = { clientType: 'github-app', clientId } as const;
  const code = await call(null, async ({ request }) => (await createDeviceCode({ ...common, request })).data).catch(
    (error: unknown) => {
      signal.throwIfAborted();
      throw unexpected(refusalOf(error), error);
    },
  );
  options.ask({ userCode: code.user_code, verificationUrl: code.verification_uri });
  const endsAt = clock.now().getTime() + code.expires_in * 1000;
  let pause = code.interval;
  while (clock.now().getTime() < endsAt) {
    await clock.sleep(pause * 1000, signal);
    try {
      const asked = { ...common, code: code.device_code };
      const answer = await call(null, async ({ request }) => await exchangeDeviceCode({ ...asked, request }));
      return grantOf(answer.authentication, clock.now());
    } catch (error) {
      signal.throwIfAborted();
      const refusal = refusalOf(error);
      if (refusal === 'slow_down') pause += 5;
      else if (refusal === 'access_denied')
        throw new CommandError('unauthenticated', { what: 'you said no to GitHub: nobody is signed in' });
      else if (refusal !== 'authorization_pending') throw unexpected(refusal, error);
    }
  }
  throw new CommandError('unauthenticated', { what: 'nobody confirmed the code in time', next: 'Type: yb login' });
}

function grantOf(
  given: { readonly token: string; readonly refreshToken?: string; readonly expiresAt?: string },
  now: Date,
): DeviceGrant {
  const { token, refreshToken, expiresAt } = given;
  if (refreshToken === undefined || expiresAt === undefined) return { token };
  const seconds = Math.floor((Date.parse(expiresAt) - now.getTime()) / 1000);
  return { token, refreshToken, expiresInSeconds: Math.max(1, seconds) };
}

/** GitHub's word for why it gives no token; undefined where it gave no answer of that kind. */
function refusalOf(error: unknown): string | undefined {
  const answer = error instanceof YbError ? answerOf(error.cause) : null;
  return Refusal.safeParse(answer?.response.data).data?.error;
}

function unexpected(refusal: string | undefined, cause: unknown): CommandError {
  const what = refusal === undefined ? 'GitHub does not answer' : `GitHub refuses the sign-in (${refusal})`;
  return new CommandError('github-unavailable', { what, next: 'Type: yb login' }, { cause });
}
