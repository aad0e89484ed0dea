import * as z from 'zod';
import type { GitHubOfRepositories, HookDelivery } from '../outside/github.ts';
import { type GitHubCaller, readAnswer, requireParts } from './caller.ts';

const Hooks = z.array(z.object({ id: z.number().int(), config: z.object({ url: z.string().nullish() }) }));
const Deliveries = z.array(
  z.object({
    id: z.number().int(),
    guid: z.string().min(1).max(200),
    delivered_at: z.iso.datetime({ offset: true }),
    status_code: z.number().int(),
  }),
);

/** A repository has at most twenty hooks of an event. */
const hooksAsked = 100;
/** GitHub gives as many deliveries at once; of more than this in one look the rest is for the next one. */
const deliveriesAsked = 100;
const mostPages = 5;

/** What GitHub delivered to a repository's hook, and delivering it again (https://docs.github.com/rest/repos/webhooks). */
export function createHookDeliveries(call: GitHubCaller): Pick<GitHubOfRepositories, 'deliveries' | 'redeliver'> {
  return {
    async deliveries(token, { fullName, hookKey }, since) {
      const { owner, repo } = requireParts(fullName);
      return await call(token, async (octokit) => {
        const hooks = await octokit.rest.repos.listWebhooks({ owner, repo, per_page: hooksAsked });
        const hook = readAnswer(Hooks, hooks.data).find(({ config }) => config.url?.endsWith(`/${hookKey}`) === true);
        if (hook === undefined) return null;
        const found: HookDelivery[] = [];
        const pages = octokit.paginate.iterator(octokit.rest.repos.listWebhookDeliveries, {
          owner,
          repo,
          hook_id: hook.id,
          per_page: deliveriesAsked,
        });
        let count = 0;
        for await (const { data } of pages) {
          const page = readAnswer(Deliveries, data).map((one) => ({
            hookId: String(hook.id),
            id: String(one.id),
            guid: one.guid,
            deliveredAt: new Date(one.delivered_at),
            statusCode: one.status_code,
          }));
          found.push(...page.filter(({ deliveredAt }) => deliveredAt >= since));
          count += 1;
          if (count === mostPages || page.some(({ deliveredAt }) => deliveredAt < since)) break;
        }
        return found;
      });
    },
    async redeliver(token, fullName, { hookId, id }) {
      const { owner, repo } = requireParts(fullName);
      await call(token, async (octokit) => {
        await octokit.rest.repos.redeliverWebhookDelivery({
          owner,
          repo,
          hook_id: Number(hookId),
          delivery_id: Number(id),
        });
      });
    },
  };
}
