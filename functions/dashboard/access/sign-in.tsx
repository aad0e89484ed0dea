import { authorizeUrl, callbackUrl } from './authorize-url.ts';
import type { Context } from 'hono';
import { errorCode } from '../../../shared/errors.ts';
import { SignInPage } from '../pages/sign-in-page.tsx';
import { clientAddress } from './client-address.ts';
import { CrossSiteError } from './identity.ts';
import { showPage } from '../pages/show.tsx';
import { isFromOurPages, safeReturnPath } from './protection.ts';
import type { Services } from '../services.ts';

export interface SignInHandlers {
  readonly begin: (context: Context) => Response;
  readonly callback: (context: Context) => Promise<Response>;
  readonly end: (context: Context) => Promise<Response>;
  readonly ended: (context: Context) => Promise<Response>;
}

const stateBytes = 32;

/**
 * Signing in with GitHub. The browser is sent away with a state and the hash of a verifier, which it also keeps in a sealed
 * cookie: what comes back counts only in the browser that left, once, for ten minutes.
 */
export function createSignInHandlers(services: Services): SignInHandlers {
  const { cookies, sessions, grants, github, random, limits, settings } = services;
  const secret = (): string => Buffer.from(random.bytes(stateBytes)).toString('base64url');

  const failed = async (context: Context, words: string): Promise<Response> =>
    await showPage(context, <SignInPage frame={services.frame(context)} words={words} href="/auth/sign-in" />, 400);

  return {
    begin(context) {
      limits.signIn(clientAddress(context.req.header('x-forwarded-for')));
      const attempt = {
        state: secret(),
        verifier: secret(),
        returnTo: safeReturnPath(context.req.query('return'), settings.dashboardUrl),
      };
      cookies.startAttempt(context, attempt);
      return context.redirect(authorizeUrl(settings, attempt), 302);
    },
    async callback(context) {
      const { code, state = '' } = context.req.query();
      const attempt = cookies.takeAttempt(context, state);
      if (attempt === null) {
        return await failed(context, 'This sign-in was not begun here, or too long ago');
      }
      // The person said no, or GitHub did.
      if (code === undefined || code.length > 256) return await failed(context, 'GitHub did not sign you in');
      try {
        const { verifier } = attempt;
        const grant = await github.exchange({ code, verifier, callbackUrl: callbackUrl(settings.dashboardUrl) });
        const person = await github.user(grant.token);
        if (person === null) return await failed(context, 'GitHub did not say who you are');
        await grants.keep(person, grant);
        await sessions.start(context, person);
        return context.redirect(attempt.returnTo, 302);
      } catch (error) {
        if (errorCode(error) === 'unauthenticated') return await failed(context, 'GitHub did not sign you in');
        throw error;
      }
    },
    async end(context) {
      if (!isFromOurPages(context, settings.dashboardUrl)) throw new CrossSiteError('from another site');
      await sessions.end(context);
      return context.redirect('/auth/signed-out', 303);
    },
    async ended(context) {
      const page = <SignInPage frame={services.frame(context)} words="You are signed out" href="/auth/sign-in" />;
      return await showPage(context, page, 200);
    },
  };
}
