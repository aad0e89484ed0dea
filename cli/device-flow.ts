import { createDeviceCode, exchangeDeviceCode } from '@octokit/oauth-methods';
import { Octokit } from '@octokit/rest';
import * as z from 'zod';
import type { Clock } from '../shared/outside/clock.ts';
import { CommandError } from './command.ts';

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

const Refusal = z.object({
  status: z.number(),
  response: z.object({ data: z.object({ error: z.string() }) }),
});

/**
 * Has GitHub ask the person in a browser, wherever that is, and waits for the answer
 * (https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app#using-the-device-flow-to-generate-a-user-access-token).
 * @returns the App's token for the person
 * @throws CommandError if the person says no, or nothing in time
 */
export async function signInByDevice(options: DeviceFlowOptions): Promise<string> {
  const { clientId, clock, signal } = options;
  const { request: asked } = new Octokit({ baseUrl: options.webUrl, request: { fetch: options.fetch, signal } });
  const common = { clientType: 'github-app', clientId, request: asked } as const;
  const { data: code } = await createDeviceCode(common);
  options.ask({ userCode: code.user_code, verificationUrl: code.verification_uri });
  const endsAt = clock.now().getTime() + code.expires_in * 1000;
  let pause = code.interval;
  while (clock.now().getTime() < endsAt) {
    await clock.sleep(pause * 1000, signal);
    try {
      const { authentication } = await exchangeDeviceCode({ ...common, code: code.device_code });
      return authentication.token;
    } catch (error) {
      signal.throwIfAborted();
      const refusal = Refusal.safeParse(error).data?.response.data.error;
      if (refusal === 'slow_down') pause += 5;
      else if (refusal === 'access_denied')
        throw new CommandError('unauthenticated', { what: 'you said no to GitHub: nobody is signed in' });
      else if (refusal !== 'authorization_pending') throw unexpected(refusal, error);
    }
  }
  throw new CommandError('unauthenticated', { what: 'nobody confirmed the code in time', next: 'Type: yb login' });
}

function unexpected(refusal: string | undefined, cause: unknown): CommandError {
  const what = refusal === undefined ? 'GitHub does not answer' : `GitHub refuses the sign-in (${refusal})`;
  return new CommandError('github-unavailable', { what, next: 'Type: yb login' }, { cause });
}
