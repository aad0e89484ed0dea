import { decodeRunEvent } from '../../shared/messages/codec.ts';
import { jobSettings } from './job-settings.ts';
import { type PushedEvent, createEventHandler } from '../../shared/messages/event-handler.ts';
import { limitsOf, type SchedulerSettings } from './settings.ts';
import type { Opener } from '../../shared/outside/keys.ts';
import type { Outside } from '../../shared/outside/outside.ts';
import { createCredentials } from '../../shared/github/credentials.ts';
import { publicMessage } from '../../shared/errors.ts';
import type { Work } from '../../shared/log.ts';
import type { RunEvent } from '../../shared/messages/messages.ts';
import { createMessenger } from '../../shared/messages/messenger.ts';
import { changed } from '../../shared/run/transitions.ts';
import { saveRun } from '../../shared/store/runs.ts';
import { triggerFields } from '../../shared/run/trigger.ts';
import { admit, type AdmitOptions, vouchForWaiting } from './admit.ts';
import { approveRun } from './approve.ts';
import { cancelRun } from './cancel.ts';
import { type Cleaner, createCleaner } from './cleaning.ts';
import { scaleVolumes } from './scale.ts';
import { look } from './look.ts';
import { place, type Placed } from './place.ts';
import { createJobStarter } from './start.ts';
import { refreshRepository } from './refresh.ts';
import { stopRepository } from './stop.ts';

/** What the scheduler may reach. */
export type SchedulerOutside = Pick<
  Outside,
  'documents' | 'publisher' | 'cluster' | 'github' | 'signer' | 'clock' | 'random' | 'log'
> & { readonly keys: { readonly credentials: Opener } };

/** The parts of one scheduler, made once for the life of an instance. */
interface SchedulerOptions extends AdmitOptions {
  readonly github: SchedulerOutside['github'];
  readonly cleaner: Cleaner;
}

/**
 * Places runs. A message only says where to look; what is done follows from what is true then:
 *
 *     run.requested ─▶ follow ▶ vouch ▶ admit ┐                  follow.ts (what a push says of its repository), vouch.ts (GitHub's word),
 *                                             │                  admit.ts (the run's document, once), supersede.ts
 *     volume.freed ──▶ clean ▶ scale ─────────┤                  cleaning · cleaning-step, scale.ts, retire.ts
 *                              ┌──────────────┘
 *                      look ─▶ resume ─▶ plan ─▶ claim ─▶ start  look.ts, place.ts, shared/queue/plan.ts, shared/volume/choice.ts, start.ts
 *                                          ▶ pass on to who is next at a free place: shared/queue/shares.ts, turns.ts
 *     run.cancelled ─▶ cancel                                    cancel.ts
 *     run.approved ──▶ approve ▶ scale ▶ look                    approve.ts (a fork's commit may run)
 *     repository.changed ─▶ refresh ─▶ stop                      refresh.ts (what GitHub says now), stop.ts
 *
 * @returns the one-parameter handler of a CloudEvent
 */
export function createScheduler(
  outside: SchedulerOutside,
  settings: SchedulerSettings,
): (event: PushedEvent) => Promise<void> {
  const { clock, log } = outside;
  const messenger = createMessenger(outside.publisher);
  const secretKey = outside.keys.credentials;
  const credentials = createCredentials({ ...outside, key: secretKey });
  const common = {
    ...outside,
    credentials,
    secretKey,
    messenger,
    settings: jobSettings(settings),
    limits: limitsOf(settings),
  };
  const parts: SchedulerOptions = { ...common, jobs: createJobStarter(common), cleaner: createCleaner(common) };
  return createEventHandler({
    op: 'schedule',
    topicPrefix: settings.YB_TOPIC_PREFIX,
    decode: decodeRunEvent,
    handle: async (event, work) => {
      await handle(parts, event, work);
    },
    messenger,
    log,
    clock,
  });
}

async function handle(options: SchedulerOptions, event: RunEvent, work: Work): Promise<void> {
  switch (event.type) {
    case 'run.requested':
      work.note({ run: event.runId, repo: event.repoId, ...triggerFields(event.trigger) });
      await passOn(options, await admit(options, event, work), work);
      break;
    case 'run.cancelled':
      work.note({ run: event.runId });
      await cancelRun({ ...options, event });
      break;
    case 'run.approved': {
      work.note({ run: event.runId });
      const repoId = await approveRun({ ...options, event });
      if (repoId !== null) await passOn(options, await tendAndPlace(options, repoId, work), work);
      break;
    }
    case 'volume.freed':
      work.note({ repo: event.repoId });
      await passOn(options, await tendAndPlace(options, event.repoId, work), work);
      break;
    case 'repository.changed': {
      work.note({ repo: event.repoId });
      const { repository } = await look(options.documents, event.repoId);
      if (repository.value.stopped === null) work.note({ github: await refreshRepository(options, repository) });
      await passOn(options, await tendAndPlace(options, event.repoId, work), work);
      break;
    }
  }
}

/** So many repositories are looked at for the sake of one message; the tick finds the others. */
const mostPassedOn = 10;

/**
 * Goes on with the runs whose turn it is, whosever they are, while places are free. One whose repository cannot be looked at leaves
 * the line, so that nobody waits behind it: the tick brings it back.
 */
async function passOn(options: SchedulerOptions, first: Placed | null, work: Work): Promise<void> {
  const passed: string[] = [];
  const line = [...(first?.next ?? [])];
  for (let run = line.shift(); run !== undefined && passed.length < mostPassedOn; run = line.shift()) {
    const { repoId } = run.value;
    try {
      // The line of this message tells of the repository that it named.
      const placed = await tendAndPlace(options, repoId, { note: () => undefined });
      passed.push(`${repoId}: ${placed?.started.size ?? 0} started`);
      line.push(...(placed?.next ?? []));
    } catch (error) {
      passed.push(`${repoId}: ${publicMessage(error)}`);
      const reason = 'waits until its repository can be looked at';
      await saveRun(options.documents, run, changed(run.value, { type: 'waits', for: 'volume', reason })).catch(
        () => undefined,
      );
    }
  }
  work.note({ passedOn: passed.length > 0 ? passed.join('; ') : undefined });
}

/** Does what is due for volumes that were put aside; where that does not go well, no run waits for it. */
async function tendAndPlace(options: SchedulerOptions, repoId: string, work: Work): Promise<Placed | null> {
  const seen = await look(options.documents, repoId);
  if (seen.repository.value.stopped !== null) {
    work.note({ stopped: await stopRepository(options, seen.repository) });
    return null;
  }
  const cleanings = await Promise.allSettled(
    seen.volumes.map(async (volume) => {
      const did = await options.cleaner.clean(seen.repository.value, volume);
      return did === null ? [] : [`${volume.value.index}: ${did}`];
    }),
  );
  const done = cleanings.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const failed = cleanings.filter((one) => one.status === 'rejected');
  if (done.length > 0) work.note({ volumes: done.join('; ') });
  const tended = done.length > 0 ? await look(options.documents, repoId) : seen;
  const waiting = tended.queued.map(({ value }) => value);
  const scaled = await scaleVolumes(options, tended.repository.value, tended.volumes, waiting);
  if (scaled !== null) work.note({ scaled });
  const now = scaled === null ? tended : await look(options.documents, repoId);
  const placed = await place(options, { ...now, queued: await vouchForWaiting(options, now, null) }, work);
  // Another delivery looks again.
  if (failed[0] !== undefined) throw failed[0].reason;
  return placed;
}
