import { withDeadline } from '../deadline.ts';
import { YbError } from '../errors.ts';
import { lazily } from '../lazily.ts';

/** Gives an access token for Google's APIs; cached and renewed by whoever makes it. */
export type TokenSource = () => Promise<string>;

/** The metadata server answers in milliseconds; a delivery of GitHub is answered within nine seconds. */
const timeoutMilliseconds = 3_000;

/**
 * Tokens of the identity this process runs under (Application Default Credentials). The library is loaded at the first
 * token, not at start: it is most of what an instance would otherwise do before its first answer.
 * A source of them throws YbError `key-unavailable` where none comes in time.
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
    const late = () => new YbError('key-unavailable', 'Google gave no token in time');
    return (await withDeadline(auth.getAccessToken(), timeoutMilliseconds, late)) ?? '';
  };
}
