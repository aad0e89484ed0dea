import type { Hook } from './github.ts';
import type { RegisteredRepository } from './server.ts';

/** What our hooks tell of. */
export const hookEvents: readonly string[] = ['push', 'pull_request'];

export interface HookFindings {
  /** The hook that is to be the one; null if GitHub has none of ours. */
  readonly hook: Hook | null;
  /** What is wrong with it, each completing "it …"; nothing if the hook is good. */
  readonly faults: readonly string[];
  /** Further hooks of ours, by which every push would be told once more. */
  readonly extra: readonly Hook[];
}

/** Compares the hooks that GitHub has with what the server knows. Hooks of other services are left out of account. */
export function inspectHooks(options: {
  readonly hooks: readonly Hook[];
  /** What the address of every hook of ours begins with. */
  readonly webhook: string;
  readonly registered: RegisteredRepository;
}): HookFindings {
  const { hooks, webhook, registered } = options;
  const wanted = registered.registered ? (registered.hook?.url ?? null) : null;
  const ours = hooks.filter(({ config: { url } }) => url !== undefined && isOurs(url, webhook, wanted));
  const rated = ours.map((hook) => ({ hook, faults: faultsOf(hook, wanted, registered) }));
  const best = rated.toSorted((left, right) => left.faults.length - right.faults.length)[0];
  if (best === undefined) return { hook: null, faults: [], extra: [] };
  return { ...best, extra: ours.filter(({ id }) => id !== best.hook.id) };
}

function faultsOf(hook: Hook, wanted: string | null, { hook: known }: RegisteredRepository): string[] {
  const { config, active, events } = hook;
  const faults: string[] = [];
  if (wanted === null) faults.push('is not known to yb');
  else if (config.url !== wanted) faults.push('points to an address that yb did not give');
  if (!active) faults.push('is inactive');
  for (const event of hookEvents) {
    if (!events.includes(event) && !events.includes('*')) faults.push(`does not tell of ${event}`);
  }
  if (config.content_type !== 'json') faults.push('sends forms instead of JSON');
  if (String(config.insecure_ssl ?? '0') !== '0') faults.push('does not check certificates');
  const code = hook.last_response?.code ?? null;
  if (code !== null && code >= 400 && code < 500) faults.push(`was refused by yb the last time (${code})`);
  else if (wanted !== null && known?.lastPingAt === null && known.lastDeliveryAt === null) {
    faults.push('has not reached yb yet');
  }
  return faults;
}

/** Whether a hook leads to this server, or bears the repository's own key and so led to it before the server moved. */
function isOurs(url: string, webhook: string, wanted: string | null): boolean {
  const key = keyOf(url);
  if (key === null) return false;
  return url === `${webhook}/${key}` || (wanted !== null && key.length >= minUniqueKey && key === keyOf(wanted));
}

/** What stands behind the last slash. */
function keyOf(url: string): string | null {
  return /^https?:\/\/.*\/([A-Za-z0-9_-]+)$/.exec(url)?.[1] ?? null;
}

/** Keys are random: two of this length are not the same by chance. */
const minUniqueKey = 16;
