import type { Octokit } from '@octokit/rest';
import * as z from 'zod';
import { withBackOff } from '../shared/back-off.ts';
import { errorCode } from '../shared/errors.ts';
import { createGitHubCaller, githubMilliseconds } from '../shared/github/caller.ts';
import { parseValue } from '../shared/json.ts';
import type { Clock } from '../shared/outside/clock.ts';
import type { Random } from '../shared/outside/random.ts';
import { inWords } from './github-errors.ts';

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
const pauses = { tries: 3, firstMilliseconds: 500, longestMilliseconds: 2_000 };

export function createGitHub(options: {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly apiUrl: string;
  readonly token: string;
  /** What the token is called in an error: the variable or the file that it came from. */
  readonly tokenName: string;
}): GitHub {
  const call = createGitHubCaller({ ...options, timeoutMilliseconds: githubMilliseconds });
  const once = async <Result>(doing: string, question: (octokit: Octokit) => Promise<Result>): Promise<Result> => {
    try {
      return await call(options.token, question);
    } catch (error) {
      options.signal.throwIfAborted();
      throw inWords(error, { ...options, doing });
    }
  };
  /** What only looks is asked again where GitHub did not answer. */
  const look = async <Result>(doing: string, question: (octokit: Octokit) => Promise<Result>): Promise<Result> =>
    await withBackOff(async () => await once(doing, question), {
      ...options,
      ...pauses,
      worthIt: (error) => errorCode(error) === 'github-unavailable',
    });
  const read = <Schema extends z.ZodType>(schema: Schema, data: unknown, what: string): z.output<Schema> =>
    parseValue(schema, data, { what: `GitHub's answer (${what})`, code: 'github-refused' });

  return {
    repository: async (owner, name) => {
      const question = async (octokit: Octokit) => await octokit.rest.repos.get({ owner, repo: name });
      const { data, headers } = await look(`look at ${owner}/${name}`, question);
      // Only tokens that reach everything of a person have scopes.
      return { repository: read(Repository, data, 'repository'), broad: 'x-oauth-scopes' in headers };
    },
    user: async () => {
      const question = async (octokit: Octokit) => await octokit.rest.users.getAuthenticated();
      return read(User, (await look('look at your account', question)).data, 'user');
    },
    hooks: async (fullName) => {
      const hooks: Hook[] = [];
      for (let page = 1; page <= maxPages; page += 1) {
        const { data } = await look(
          `list the hooks of ${fullName}`,
          async (octokit) => await octokit.rest.repos.listWebhooks({ ...partsOf(fullName), per_page: pageSize, page }),
        );
        hooks.push(...read(z.array(Hook), data, 'hooks'));
        if (data.length < pageSize) break;
      }
      return hooks;
    },
    createHook: async (fullName, settings) => {
      const wanted = { ...partsOf(fullName), name: 'web', ...hookBody(settings) };
      const question = async (octokit: Octokit) => await octokit.rest.repos.createWebhook(wanted);
      return read(Hook, (await once(`add a hook to ${fullName}`, question)).data, 'hook');
    },
    updateHook: async (fullName, id, settings) => {
      const wanted = { ...partsOf(fullName), hook_id: id, ...hookBody(settings) };
      const question = async (octokit: Octokit) => await octokit.rest.repos.updateWebhook(wanted);
      return read(Hook, (await once(`change a hook of ${fullName}`, question)).data, 'hook');
    },
    deleteHook: async (fullName, id) => {
      await once(
        `delete a hook of ${fullName}`,
        async (octokit) => await octokit.rest.repos.deleteWebhook({ ...partsOf(fullName), hook_id: id }),
      );
    },
    pingHook: async (fullName, id) => {
      await once(
        `ping the hook of ${fullName}`,
        async (octokit) => await octokit.rest.repos.pingWebhook({ ...partsOf(fullName), hook_id: id }),
      );
    },
    deliveries: async (fullName, id) => {
      const { data } = await look(
        `list what the hook of ${fullName} sent`,
        async (octokit) =>
          await octokit.rest.repos.listWebhookDeliveries({ ...partsOf(fullName), hook_id: id, per_page: 30 }),
      );
      return read(z.array(Delivery), data, 'deliveries');
    },
  };
}

function partsOf(fullName: string): { readonly owner: string; readonly repo: string } {
  const [owner = '', repo = ''] = fullName.split('/');
  return { owner, repo };
}

function hookBody({ url, secret, events }: HookSettings) {
  return { active: true, events: [...events], config: { url, secret, content_type: 'json', insecure_ssl: '0' } };
}
