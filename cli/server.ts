import * as z from 'zod';
import {
  AuditList,
  BadgeView,
  HookView,
  PersonView,
  ProblemView,
  type RegistrationBody,
  RepositoryView,
  SecretList,
  ServerView,
  SettingsView,
} from '../shared/api/schemas.ts';
import { type LoginBody, MadeToken, type TokenBody, TokenList } from '../shared/api/self-schemas.ts';
import { TargetHistoryView, TargetListView } from '../shared/api/target-schemas.ts';
import type { Clock } from '../shared/outside/clock.ts';
import type { Random } from '../shared/outside/random.ts';
import { parseValue } from '../shared/json.ts';
import type { SettingsChange } from '../shared/repository/settings.ts';
import { CommandError } from './command.ts';
import { createJsonClient, type JsonAnswer, type JsonRequest } from './http.ts';
import { createRunCalls, type RunCalls } from './server-runs.ts';
import { isSafeUrl } from './settings.ts';
import { oneLine } from './text.ts';

const address = z
  .string()
  .refine(isSafeUrl, 'must be an https address')
  .transform((value) => value.replace(/\/+$/, ''));

/** The server's own words, with addresses to which something may be sent. */
const ServerInfo = ServerView.extend({
  webhook: address,
  dashboard: address,
  signIn: z.object({ url: address, clientId: z.string() }),
  install: address.nullable(),
});
export type ServerInfo = z.output<typeof ServerInfo>;

const RegisteredRepository = RepositoryView.pick({
  fullName: true,
  registered: true,
  credential: true,
  app: true,
  volumes: true,
}).extend({
  /** What GitHub's hook must point to; null if there is none yet, or for who is no administrator. */
  hook: HookView.extend({ url: z.string().refine(isSafeUrl, 'must be an https address') }).nullable(),
});
export type RegisteredRepository = z.output<typeof RegisteredRepository>;

/** What is handed to the server about a repository; what is left out stays as it is. */
export type Registration = z.input<typeof RegistrationBody>;

/** The part of the server's API that the commands need. Every method throws CommandError. */
export interface Server extends RunCalls {
  /** Any question of the API; every HTTP status is an answer. */
  api(request: JsonRequest): Promise<JsonAnswer>;
  info(): Promise<ServerInfo>;
  /** Whose token it is. */
  person(): Promise<z.output<typeof PersonView>>;
  /** A token of the server's own, for what GitHub gave in its device flow: the token that is asked with. */
  login(body: LoginBody): Promise<MadeToken>;
  tokens(): Promise<TokenList>;
  makeToken(body: z.input<typeof TokenBody>): Promise<MadeToken>;
  /** @param id `current` for the one that is asked with */
  revokeToken(id: string): Promise<void>;
  repository(fullName: string): Promise<RegisteredRepository>;
  /** Registers the repository, or adds to what is known of it: a further secret is good beside the former for an hour. */
  register(fullName: string, registration: Registration): Promise<RegisteredRepository>;
  /** Takes the repository out: its secrets, credential and volumes go. */
  unregister(fullName: string): Promise<void>;
  /** Has GitHub be asked soon which deliveries failed, and to make them again. */
  redeliver(fullName: string): Promise<RegisteredRepository>;
  /** Makes a key of its badge and feed: the addresses with it, which nobody can see again. */
  makeBadgeKey(fullName: string): Promise<z.output<typeof BadgeView>>;
  removeBadgeKey(fullName: string): Promise<void>;
  /** The tests that fail on the default branch, and those that are flaky. */
  tests(fullName: string): Promise<TargetListView>;
  /** One test over the last runs. */
  test(fullName: string, label: string): Promise<TargetHistoryView>;
  settings(fullName: string): Promise<z.output<typeof SettingsView>>;
  changeSettings(fullName: string, change: SettingsChange): Promise<z.output<typeof SettingsView>>;
  /** The last hundred changes. */
  audit(fullName: string): Promise<AuditList>;
  secrets(fullName: string): Promise<z.output<typeof SecretList>>;
  setSecret(fullName: string, name: string, value: string): Promise<void>;
  removeSecret(fullName: string, name: string): Promise<void>;
}

export function createServer(options: {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly url: string;
  /** Says who asks; null for what everybody may ask. */
  readonly token: string | null;
  /** What it is called in an error. */
  readonly tokenName?: string;
}): Server {
  const { url, tokenName = 'yb login' } = options;
  const authorization = options.token === null ? {} : { Authorization: `Bearer ${options.token}` };
  const client = createJsonClient({
    ...options,
    base: url,
    headers: { Accept: 'application/json', ...authorization, 'User-Agent': 'yb' },
    unreachable: (cause) =>
      new CommandError(
        'store-unavailable',
        { what: `no yb server answers at ${url}`, why: 'Look at the network, and at YB_SERVER.' },
        { cause },
      ),
  });
  const check = (doing: string, answer: JsonAnswer): void => {
    checkStatus({ answer, doing, url, tokenName });
  };
  const ask = async (doing: string, request: JsonRequest): Promise<JsonAnswer> => {
    const answer = await client.request(request);
    check(doing, answer);
    return answer;
  };
  const read = <Schema extends z.ZodType>(schema: Schema, answer: JsonAnswer): z.output<Schema> =>
    parseValue(schema, answer.body, { what: `the answer of ${url}`, code: 'bad-settings' });
  const path = (fullName: string): string => `/api/v1/repos/${fullName.split('/').map(encodeURIComponent).join('/')}`;

  return {
    ...createRunCalls({ ...options, ask, read, check, pathOf: path }),
    api: async (request) => await client.request(request),
    info: async () => {
      const answer = await ask('tell its addresses', { method: 'GET', path: '/api/v1/server' });
      const parsed = ServerInfo.safeParse(answer.body);
      if (parsed.success) return parsed.data;
      throw new CommandError('bad-settings', {
        what: `what answers at ${url} is not a yb server`,
        next: 'Set YB_SERVER to the address of its dashboard.',
      });
    },
    person: async () => read(PersonView, await ask('tell who you are', { method: 'GET', path: '/api/v1/person' })),
    login: async (body) => read(MadeToken, await ask('sign you in', { method: 'POST', path: '/api/v1/login', body })),
    tokens: async () => read(TokenList, await ask('list your tokens', { method: 'GET', path: '/api/v1/tokens' })),
    makeToken: async (body) =>
      read(MadeToken, await ask('make a token', { method: 'POST', path: '/api/v1/tokens', body })),
    revokeToken: async (id) => {
      await ask('revoke the token', { method: 'DELETE', path: `/api/v1/tokens/${encodeURIComponent(id)}` });
    },
    repository: async (fullName) =>
      read(RegisteredRepository, await ask(`show ${fullName}`, { method: 'GET', path: path(fullName) })),
    register: async (fullName, registration) => {
      const request = { method: 'PUT', path: path(fullName), body: registration } as const;
      return read(RegisteredRepository, await ask(`register ${fullName}`, request));
    },
    unregister: async (fullName) => {
      await ask(`take out ${fullName}`, { method: 'DELETE', path: path(fullName) });
    },
    redeliver: async (fullName) => {
      const request = { method: 'POST', path: `${path(fullName)}/hook/redeliver` } as const;
      return read(RegisteredRepository, await ask(`look after the deliveries of ${fullName}`, request));
    },
    makeBadgeKey: async (fullName) => {
      const request = { method: 'POST', path: `${path(fullName)}/badge-key` } as const;
      return read(BadgeView, await ask(`make a key of ${fullName}`, request));
    },
    removeBadgeKey: async (fullName) => {
      await ask(`remove the key of ${fullName}`, { method: 'DELETE', path: `${path(fullName)}/badge-key` });
    },
    tests: async (fullName) => {
      const request = { method: 'GET', path: `${path(fullName)}/targets` } as const;
      return read(TargetListView, await ask(`list the tests of ${fullName}`, request));
    },
    test: async (fullName, label) => {
      const request = { method: 'GET', path: `${path(fullName)}/targets?label=${encodeURIComponent(label)}` } as const;
      return read(TargetHistoryView, await ask(`show a test of ${fullName}`, request));
    },
    settings: async (fullName) => {
      const request = { method: 'GET', path: `${path(fullName)}/settings` } as const;
      return read(SettingsView, await ask(`show the settings of ${fullName}`, request));
    },
    changeSettings: async (fullName, change) => {
      const request = { method: 'PATCH', path: `${path(fullName)}/settings`, body: change } as const;
      return read(SettingsView, await ask(`change the settings of ${fullName}`, request));
    },
    audit: async (fullName) => {
      const request = { method: 'GET', path: `${path(fullName)}/audit?limit=100` } as const;
      return read(AuditList, await ask(`show who changed ${fullName}`, request));
    },
    secrets: async (fullName) => {
      const request = { method: 'GET', path: `${path(fullName)}/secrets` } as const;
      return read(SecretList, await ask(`list the secrets of ${fullName}`, request));
    },
    setSecret: async (fullName, name, value) => {
      await ask(`set ${name}`, { method: 'PUT', path: `${path(fullName)}/secrets/${name}`, body: { value } });
    },
    removeSecret: async (fullName, name) => {
      await ask(`remove ${name}`, { method: 'DELETE', path: `${path(fullName)}/secrets/${name}` });
    },
  };
}

function checkStatus({
  answer,
  doing,
  url,
  tokenName,
}: {
  answer: JsonAnswer;
  doing: string;
  url: string;
  tokenName: string;
}): void {
  const { status, headers, body } = answer;
  if (status >= 200 && status < 300) return;
  if (status >= 300 && status < 400) {
    throw new CommandError('bad-settings', {
      what: `the yb server at ${url} sends us elsewhere`,
      why: `It names ${oneLine(headers.get('location') ?? 'no address')}; a token is not carried there.`,
      next: 'Set YB_SERVER to the right address.',
    });
  }
  const problem = ProblemView.pick({ title: true, detail: true }).partial({ detail: true }).safeParse(body);
  const said = problem.success ? oneLine(problem.data.detail ?? problem.data.title) : `It says no more than ${status}`;
  if (status === 401) {
    throw new CommandError('unauthenticated', {
      what: `the yb server at ${url} does not accept the token of ${tokenName}`,
      why: `${said}.`,
      next: 'Type: yb login',
    });
  }
  if (status === 404) {
    throw new CommandError('not-found', {
      what: `the yb server at ${url} does not ${doing}`,
      why: 'It does what GitHub allows you, and no more than the token was made for.',
      next: 'If you have the right, look at YB_SERVER and YB_TOKEN.',
    });
  }
  throw new CommandError(status >= 500 ? 'store-unavailable' : 'unprocessable', {
    what: `the yb server at ${url} could not ${doing} (${status})`,
    why: `${said}.`,
    ...(status >= 500 ? { next: 'Run the command again later.' } : {}),
  });
}
