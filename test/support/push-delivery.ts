import * as z from 'zod';
import type { Rig } from './local-system.ts';

export const Hooks = z.array(z.object({ id: z.number(), config: z.object({ url: z.string() }) }));
const Deliveries = z.array(z.object({ id: z.number(), event: z.string(), status_code: z.number() }));
const Delivery = z.object({
  request: z.object({ headers: z.record(z.string(), z.string()), payload: z.unknown() }),
});

/** What GitHub delivered of the last push to a repository, as it can be sent again, and GitHub's own redelivery of it. */
export async function lastPushDelivery(rig: Rig, name: string) {
  const { endpoints } = rig.system;
  const author = await rig.author(`${name}-reader`);
  const base = `${endpoints.github}/repos/demo/${name}/hooks`;
  const [hook] = Hooks.parse(await author.ask(base));
  const list = Deliveries.parse(await author.ask(`${base}/${hook?.id ?? 0}/deliveries`));
  const push = list.find(({ event }) => event === 'push');
  const delivery = Delivery.parse(await author.ask(`${base}/${hook?.id ?? 0}/deliveries/${push?.id ?? 0}`));
  return {
    url: hook?.config.url ?? '',
    headers: delivery.request.headers,
    body: JSON.stringify(delivery.request.payload),
    redeliver: async () => {
      await author.ask(`${base}/${hook?.id ?? 0}/deliveries/${push?.id ?? 0}/attempts`, { method: 'POST' });
    },
  };
}
