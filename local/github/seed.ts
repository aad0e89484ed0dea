import { generateKeyPairSync } from 'node:crypto';
import type { Clock } from '../../shared/outside/clock.ts';
import type { Random } from '../../shared/outside/random.ts';
import { toSeconds } from './time.ts';
import type { State, Token } from './state.ts';
import type { Store } from './store.ts';
import { fineGrainedToken, randomHex, randomText, signInToken } from './tokens.ts';

/** A further user, or further tokens of `demo` and `other`. */
export interface UserOption {
  readonly login: string;
  readonly tokens?: readonly TokenOption[];
}

/** A token that is to work. Its beginning tells its kind, as GitHub's do: `ghp_` and `gho_` have scopes. */
export interface TokenOption {
  readonly value: string;
  /** Of a token with scopes; by default `repo`. */
  readonly scopes?: readonly string[];
  /** Narrows a fine-grained token; without it the token may do what its user may. */
  readonly permissions?: NonNullable<Token['permissions']>;
  /** Narrows a fine-grained token to repositories, by full name. */
  readonly repositories?: readonly string[];
}

/** The two users that always exist: one who owns what he makes, and one without any right. */
export const demoLogin = 'demo';
export const otherLogin = 'other';

const unlimited = { expiresAt: null, refresh: null, installation: null } as const;
const bareToken = { scopes: null, permissions: null, repositories: null, ...unlimited } as const;

/** In whose name the application's installations act. */
export const botLogin = 'yb[bot]';

const firstId = 1_000_000;

/**
 * The state of a first start: both users, each with a fine-grained token, and one application, installed on all that they own.
 */
export function initialState(options: { readonly clock: Clock; readonly random: Random }): State {
  const createdAt = toSeconds(options.clock.now());
  const users = [demoLogin, otherLogin].map((login, index) => ({ id: firstId + index, login, createdAt }));
  const bot = { id: firstId + users.length, login: botLogin, createdAt };
  const installations = users.map(({ id }, index) => ({ id: bot.id + 1 + index, accountId: id, repositories: null }));
  return {
    v: 1,
    lastId: bot.id + installations.length,
    oauth: {
      clientId: `Ov23${randomText(options.random, 16)}`,
      clientSecret: randomHex(options.random, 40),
    },
    app: { id: bot.id, slug: 'yb', hook: null, ...appKeys() },
    installations,
    users: [...users, bot],
    tokens: users.map(({ id }) => ({
      value: fineGrainedToken(options.random),
      userId: id,
      scopes: null,
      permissions: null,
      repositories: null,
      ofApplication: false,
      ...unlimited,
    })),
    repositories: [],
    hooks: [],
    deliveries: [],
    statuses: {},
    comments: {},
    pulls: [],
  };
}

function appKeys(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    // As GitHub hands it out.
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
}

/** Adds the users and tokens that are not there yet; a token that is there is set to what its option says. */
export function addUsers(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly users: readonly UserOption[];
}): void {
  const { state } = options.store;
  for (const option of options.users) {
    let user = options.store.userByLogin(option.login);
    if (user === undefined) {
      user = { id: options.store.nextId(), login: option.login, createdAt: toSeconds(options.clock.now()) };
      state.users.push(user);
    }
    for (const token of option.tokens ?? []) {
      state.tokens = state.tokens.filter(({ value }) => value !== token.value);
      state.tokens.push(tokenOf(user.id, token));
    }
  }
}

function tokenOf(userId: number, option: TokenOption): Token {
  const scoped = /^gh[po]_/.test(option.value);
  return {
    value: option.value,
    userId,
    scopes: scoped ? [...(option.scopes ?? ['repo'])] : null,
    permissions: option.permissions ?? null,
    repositories: option.repositories === undefined ? null : [...option.repositories],
    ofApplication: false,
    ...unlimited,
  };
}

/** A token that the application was given for a user: the first, or a new one where there is none. */
export function appToken(store: Store, login: string, random: Random): string {
  const { state } = store;
  const userId = store.userByLogin(login)?.id ?? 0;
  const known = state.tokens.find(
    (token) => token.userId === userId && token.ofApplication && token.expiresAt === null,
  );
  if (known !== undefined) return known.value;
  const value = signInToken(random, false);
  state.tokens.push({ ...bareToken, value, userId, ofApplication: true });
  return value;
}
