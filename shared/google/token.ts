import { lazily } from './lazily.ts';

/** Gives an access token for Google's APIs; cached and renewed by whoever makes it. */
export type TokenSource = () => Promise<string>;

/**
 * Tokens of the identity this process runs under (Application Default Credentials). The library is loaded at the first
 * token, not at start: it is most of what an instance would otherwise do before its first answer.
 */
export function createGoogleTokens(): TokenSource {
  const loading = lazily(async () => {
    const { GoogleAuth } = await import('./clients/auth.ts');
    return new GoogleAuth({
      scopes: ['https://www.googleapis.com/auth/cloud-platform', 'https://www.googleapis.com/auth/userinfo.email'],
    });
  });
  return async () => {
    const auth = await loading();
    return (await auth.getAccessToken()) ?? '';
  };
}
