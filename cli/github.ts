import * as z from 'zod';
import type { Clock } from '../shared/outside/clock.ts';
import { parseValue } from '../shared/json.ts';
import { CommandError } from './command.ts';
import { checkStatus } from './github-errors.ts';
import { createJsonClient, type JsonAnswer, type JsonRequest } from './http.ts';

const Repository = z.object({
  id: z.number().int(),
  name: z.string(),
  full_name: z.string().regex(/^[^/]+\/[^/]+$/),
  owner: z.object({ login: z.string() }),
  default_branch: z.string().min(1),
  archived: z.boolean().default(false),
  clone_url: z.string(),
  html_url: z.string(),
  /** The person's rights, not the token's. */
  permissions: z.object({ admin: z.boolean(), push: z.boolean() }).optional(),
});
export type Repository = z.output<typeof Repository>;

const User = z.object({ id: z.number().int(), login: z.string(), name: z.string().nullish() });
export type User = z.output<typeof User>;

const Hook = z.object({
  id: z.number().int(),
  active: z.boolean(),
  events: z.array(z.string()),
  config: z.object({
    url: z.string().optional(),
    content_type: z.string().optional(),
    insecure_ssl: z.union([z.string(), z.number()]).optional(),
  }),
  last_response: z.object({ code: z.number().nullable() }).nullish(),
});
export type Hook = z.output<typeof Hook>;

const Delivery = z.object({
  id: z.number(),
  event: z.string(),
  status: z.string(),
  status_code: z.number(),
});
export type Delivery = z.output<typeof Delivery>;

/** What a hook of ours is to be. */
export interface HookSettings {
  readonly url: string;
  readonly secret: string;
  readonly events: readonly string[];
}

/** The part of GitHub's REST API that setting up a repository needs. Every method throws CommandError. */
export interface GitHub {
  /** `broad` tells whether the token reaches more than the repositories it was made for: a classic or an OAuth one. */
  repository(owner: string, name: string): Promise<{ readonly repository: Repository; readonly broad: boolean }>;
  user(): Promise<User>;
  hooks(fullName: string): Promise<Hook[]>;
  /** GitHub sends the new hook a ping by itself. */
  createHook(fullName: string, settings: HookSettings): Promise<Hook>;
  updateHook(fullName: string, id: number, settings: HookSettings): Promise<Hook>;
  deleteHook(fullName: string, id: number): Promise<void>;
  pingHook(fullName: string, id: number): Promise<void>;
  /** Newest first. */
  deliveries(fullName: string, id: number): Promise<Delivery[]>;
}

const pageSize = 100;
const maxPages = 10;

export function createGitHub(options: {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly apiUrl: string;
  readonly token: string;
  /** What the token is called in an error: the variable or the file that it came from. */
  readonly tokenName: string;
}): GitHub {
  const client = createJsonClient({
    ...options,
    base: options.apiUrl,
    redirect: 'follow',
    headers: {
      Accept: 'application/vnd.github+json',
      Authorization: `Bearer ${options.token}`,
      'User-Agent': 'yb',
      'X-GitHub-Api-Version': '2022-11-28',
    },
    unreachable: (cause) =>
      new CommandError(
        'github-unavailable',
        { what: `GitHub does not answer at ${options.apiUrl}`, why: 'Look at the network, and at GITHUB_API_URL.' },
        { cause },
      ),
  });

  const ask = async (doing: string, request: JsonRequest): Promise<JsonAnswer> => {
    const answer = await client.request(request);
    checkStatus({ answer, doing, tokenName: options.tokenName, apiUrl: options.apiUrl });
    return answer;
  };
  const read = <Schema extends z.ZodType>(schema: Schema, answer: JsonAnswer, what: string): z.output<Schema> =>
    parseValue(schema, answer.body, { what: `GitHub's answer (${what})`, code: 'github-refused' });
  const path = (fullName: string): string => `/repos/${fullName.split('/').map(encodeURIComponent).join('/')}`;

  return {
    repository: async (owner, name) => {
      const answer = await ask(`look at ${owner}/${name}`, { method: 'GET', path: path(`${owner}/${name}`) });
      return { repository: read(Repository, answer, 'repository'), broad: answer.headers.has('x-oauth-scopes') };
    },
    user: async () => read(User, await ask('look at your account', { method: 'GET', path: '/user' }), 'user'),
    hooks: async (fullName) => {
      const hooks: Hook[] = [];
      for (let page = 1; page <= maxPages; page += 1) {
        const query = `/hooks?per_page=${pageSize}&page=${page}`;
        const answer = await ask(`list the hooks of ${fullName}`, { method: 'GET', path: path(fullName) + query });
        const found = read(z.array(Hook), answer, 'hooks');
        hooks.push(...found);
        if (found.length < pageSize) break;
      }
      return hooks;
    },
    createHook: async (fullName, settings) => {
      const body = { name: 'web', ...hookBody(settings) };
      const request = { method: 'POST', path: `${path(fullName)}/hooks`, body } as const;
      return read(Hook, await ask(`add a hook to ${fullName}`, request), 'hook');
    },
    updateHook: async (fullName, id, settings) => {
      const request = { method: 'PATCH', path: `${path(fullName)}/hooks/${id}`, body: hookBody(settings) } as const;
      return read(Hook, await ask(`change a hook of ${fullName}`, request), 'hook');
    },
    deleteHook: async (fullName, id) => {
      await ask(`delete a hook of ${fullName}`, { method: 'DELETE', path: `${path(fullName)}/hooks/${id}` });
    },
    pingHook: async (fullName, id) => {
      await ask(`ping the hook of ${fullName}`, { method: 'POST', path: `${path(fullName)}/hooks/${id}/pings` });
    },
    deliveries: async (fullName, id) => {
      const request = { method: 'GET', path: `${path(fullName)}/hooks/${id}/deliveries?per_page=30` } as const;
      return read(z.array(Delivery), await ask(`list what the hook of ${fullName} sent`, request), 'deliveries');
    },
  };
}

function hookBody({ url, secret, events }: HookSettings): object {
  return { active: true, events, config: { url, secret, content_type: 'json', insecure_ssl: '0' } };
}
