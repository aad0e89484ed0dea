import { html } from 'hono/html';
import type { Parts } from '../routes/parts.ts';
import type { User } from '../state.ts';
import { randomHex } from '../tokens.ts';
import { layout } from './layout.ts';

/** A device that asks for somebody, until the person has answered on a page. */
interface DeviceGrant {
  readonly userCode: string;
  readonly expiresAt: number;
  user: User | null;
}

/**
 * The device flow
 * (https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#device-flow): a program shows a code, which
 * a person types on a page, in whatever browser.
 */
export interface DeviceFlow {
  begin(): Readonly<Record<string, string | number>>;
  /** @returns whether there is such a code */
  confirm(userCode: string, user: User): boolean;
  /** Once. */
  take(deviceCode: string): User | 'authorization_pending' | 'expired_token' | 'incorrect_device_code';
}

const lifetimeSeconds = 900;
/** GitHub's is five. */
const intervalSeconds = 1;

export function createDeviceFlow({ clock, random, urls }: Parts): DeviceFlow {
  const grants = new Map<string, DeviceGrant>();
  const now = (): number => clock.now().getTime();
  return {
    begin() {
      const deviceCode = randomHex(random, 40);
      const digits = randomHex(random, 8).toUpperCase();
      const userCode = `${digits.slice(0, 4)}-${digits.slice(4)}`;
      grants.set(deviceCode, { userCode, expiresAt: now() + lifetimeSeconds * 1000, user: null });
      return {
        device_code: deviceCode,
        user_code: userCode,
        verification_uri: `${urls.web}/login/device`,
        expires_in: lifetimeSeconds,
        interval: intervalSeconds,
      };
    },
    confirm(userCode, user) {
      const grant = [...grants.values()].find((one) => one.userCode === userCode.trim().toUpperCase());
      if (grant === undefined || grant.expiresAt <= now()) return false;
      grant.user = user;
      return true;
    },
    take(deviceCode) {
      const grant = grants.get(deviceCode);
      if (grant === undefined) return 'incorrect_device_code';
      if (grant.expiresAt <= now()) return 'expired_token';
      if (grant.user === null) return 'authorization_pending';
      grants.delete(deviceCode);
      return grant.user;
    },
  };
}

/** Asks for the code, and who is sitting there. */
export function devicePage(users: readonly User[], said: string | null) {
  return layout(
    'Sign in a device to the local GitHub',
    html`${said === null ? '' : html`<p>${said}</p>`}
      <form method="post">
        <p>
          <label>The code that the program shows <input name="user_code" required /></label>
        </p>
        ${users.map((user) => html`<button name="login" value="${user.login}">Continue as ${user.login}</button>`)}
      </form>`,
  );
}
