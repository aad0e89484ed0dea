import type { LoginBody, TokenBody } from '../../../shared/api/self-schemas.ts';
import { errorCode, YbError } from '../../../shared/errors.ts';
import type { Clock } from '../../../shared/outside/clock.ts';
import type { TokenRecord } from '../../../shared/store/tokens.ts';
import type { Access } from '../access/access.ts';
import type { OfSelf } from '../access/gate.ts';
import type { Grants } from '../access/grants.ts';
import type { Made, Tokens } from '../access/tokens.ts';

/** How a person comes by tokens of this system's own. */
export interface TokenMaking {
  /** @throws YbError `unprocessable` for a repository that the person does not see, or too many tokens */
  make(asked: OfSelf, body: TokenBody): Promise<Made>;
  /**
   * What `yb login` keeps, in exchange for what GitHub gave it: the token that it asks with.
   * @throws YbError `unprocessable` for who asks with anything else
   */
  login(asked: OfSelf, body: LoginBody): Promise<Made>;
}

const loginDays = 90;

export function createTokenMaking(options: {
  readonly access: Access;
  readonly grants: Grants;
  readonly tokens: Tokens;
  readonly clock: Clock;
}): TokenMaking {
  const { access, grants, tokens, clock } = options;

  const repositoriesOf = async ({ caller }: OfSelf, names: readonly string[]): Promise<TokenRecord['repositories']> => {
    const found = await Promise.all(names.map(async (name) => await access.byName(caller, name)));
    const unseen = names.filter((_, index) => found[index] === null);
    if (unseen.length > 0) throw new YbError('unprocessable', `You see no repository ${unseen.join(', ')} at GitHub`);
    return found.filter((one) => one !== null).map(({ id, fullName }) => ({ id, fullName }));
  };

  /** A token acts with what GitHub gave for the person: there is none yet if it was given to a program alone. */
  const withGrant = async ({ caller, person }: OfSelf): Promise<void> => {
    if (caller.known !== null) return;
    try {
      await grants.tokenOf(person.id, clock.now());
    } catch (error) {
      if (errorCode(error) !== 'unauthenticated') throw error;
      await grants.keep(person, { token: caller.token, expiresAt: null, refreshToken: null });
    }
  };

  return {
    async make(asked, { repositories, ...what }) {
      const only = repositories === undefined ? null : await repositoriesOf(asked, repositories);
      await withGrant(asked);
      return await tokens.make(asked.person, { ...what, kind: 'made', repositories: only });
    },
    async login({ caller, person }, { name, refreshToken = null, expiresInSeconds }) {
      if (caller.through.kind !== 'app') {
        throw new YbError('unprocessable', 'Ask with what GitHub gave in its device flow, as yb login does');
      }
      const expiresAt =
        expiresInSeconds === undefined ? null : new Date(clock.now().getTime() + expiresInSeconds * 1000);
      await grants.keep(person, { token: caller.token, expiresAt, refreshToken });
      return await tokens.make(person, { kind: 'login', name, scope: 'admin', repositories: null, days: loginDays });
    },
  };
}
