import * as z from 'zod';
import { Person } from './commit.ts';

/** `X-GitHub-Delivery`, a GUID today; cut to this length by whoever reads the header. */
export const deliveryIdLimit = 200;
export const DeliveryId = z.string().max(deliveryIdLimit);

/** What started a run. It stays with the run, and stands in every log line about it. */
export const Trigger = z.object({
  source: z.enum(['push', 'pull-request', 'manual', 'rerun']),
  /** The delivery that told of the push or the pull request; null for what people started. */
  delivery: DeliveryId.nullable(),
  /** Who pushed or clicked, by the name that GitHub knows. */
  actor: Person.nullable(),
});
export type Trigger = z.output<typeof Trigger>;

/** Whether a person asked for it here; of everything else the code host tells. */
export function isOrder({ source }: Trigger): boolean {
  return source === 'manual' || source === 'rerun';
}

/** As the log lines of a run name it. */
export function triggerFields({ source, delivery, actor }: Trigger): Readonly<Record<string, string | undefined>> {
  return { source, delivery: delivery ?? undefined, actor: actor ?? undefined };
}
