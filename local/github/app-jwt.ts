import { verify } from 'node:crypto';
import * as z from 'zod';
import { badCredentials } from './errors.ts';
import type { Store } from './store.ts';

const Header = z.object({ alg: z.literal('RS256') });
const Claims = z.object({ iat: z.number(), exp: z.number(), iss: z.union([z.number(), z.string()]).transform(String) });
const maxSeconds = 600;
/** Clocks differ. */
const spareSeconds = 60;

/**
 * Checks that the application itself asks, by a JSON web token under its private key
 * (https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app).
 * @throws GitHubError 401
 */
export function assertApp(store: Store, authorization: string | undefined, now: Date): void {
  const { app, oauth } = store.state;
  const [, token = ''] = /^bearer (\S+)$/i.exec(authorization ?? '') ?? [];
  const [header = '', claims = '', signature = ''] = token.split('.');
  const read = <Schema extends z.ZodType>(schema: Schema, part: string): z.output<Schema> => {
    try {
      return schema.parse(JSON.parse(Buffer.from(part, 'base64url').toString('utf8')));
    } catch {
      throw badCredentials();
    }
  };
  read(Header, header);
  const { iat, exp, iss } = read(Claims, claims);
  const seconds = now.getTime() / 1000;
  const isSigned = verify(
    'RSA-SHA256',
    Buffer.from(`${header}.${claims}`),
    app.publicKey,
    Buffer.from(signature, 'base64url'),
  );
  const isNow = iat <= seconds + spareSeconds && exp > seconds && exp <= seconds + maxSeconds + spareSeconds;
  if (!isSigned || !isNow || (iss !== String(app.id) && iss !== oauth.clientId)) throw badCredentials();
}
