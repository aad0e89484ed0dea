import * as z from 'zod';
import { signalName } from '../../shared/attempt/layout.ts';
import { RunResult } from '../../shared/attempt/result.ts';
import type { StatusToShow } from '../../shared/outside/github.ts';
import { jsonOrNull } from '../../shared/json.ts';
import { approvalEnds } from '../../shared/run/approval.ts';
import { CommitReport, inAge } from '../../shared/run/commit-report.ts';
import { Run } from '../../shared/run/run.ts';
import { isTrusted } from '../../shared/run/trust.ts';
import { isGone } from '../../shared/volume/writer.ts';
import { runPath } from '../../shared/store/runs.ts';
import { commitReportPath } from '../../shared/store/commit-reports.ts';
import { Volume } from '../../shared/volume/volume.ts';
import type { Entry, MemoryDocuments } from '../world/documents.ts';
import type { World } from '../world/installation.ts';
import type { Published } from '../world/publisher.ts';
import { violations } from './checks/all.ts';
import { resultKey, type Seen } from './checks/seen.ts';
import { follows } from './follows.ts';
import { bounds, foreignSha } from './story.ts';

/** Looks at the world after each step and says what broke a rule. */
export interface Judge {
  /** Runs whose push was made, and those whose push was accepted: each with its repository. */
  readonly made: Map<string, string>;
  readonly accepted: Map<string, string>;
  /** Repositories that went away from who registered them. */
  readonly left: Set<string>;
  /** Whether a push that matters has never come through. */
  isWaiting(): boolean;
  runIds(): readonly string[];
  /** What is broken now. */
  after(): readonly string[];
  /** What should have happened by now. */
  late(): readonly string[];
  /** What is not at rest. */
  unrest(): readonly string[];
  /** What is broken at rest. */
  atRest(): readonly string[];
  /** A call that was given up long ago takes effect only now: what it tells GitHub nobody could prevent. */
  takesEffect(effect: () => Promise<void>): Promise<void>;
  /** A message was handled and acknowledged. */
  heard(message: Published): void;
}

/** A tick comes each minute, and may be late itself. */
const longestOverdue = 5 * 60_000;
/** After the end of a story, until nothing that began before it goes on. */
const settling = 2 * 60_000;
/** From the end of a Job and its Pod to the verdict, whatever becomes of the log. */
const longestUndecided = 15 * 60_000;

export function createJudge(
  world: World<MemoryDocuments>,
  /** Whether something that a verdict needs was in trouble since a time; and since when nothing goes wrong any more. */
  times: { readonly troubledSince: (from: number, now: number) => boolean; readonly calmSince: number },
): Judge {
  const made = new Map<string, string>();
  const accepted = new Map<string, string>();
  const left = new Set<string>();
  /** Repositories that the functions were told to look at, after the last change of any. */
  const heardOf = new Set<string>();
  /** Runs that somebody ended before they were there. */
  const cancelledFirst = new Set<string>();
  const runs = reader(Run.nullable().catch(null));
  const volumes = reader(Volume);
  const reports = reader(CommitReport);
  const slots = reader(Held);
  const results = new Map<string, RunResult | null>();
  const lateStatuses = new Set<StatusToShow>();

  const documentsIn = <Value>(pattern: RegExp, read: (entry: Entry) => Value) =>
    [...world.documents.all()].flatMap(([path, entry]) => (pattern.test(path) ? [{ path, value: read(entry) }] : []));
  const allRuns = (): Run[] =>
    documentsIn(/^runs\/[^/]+$/, runs).flatMap(({ value }) => (value === null ? [] : [value]));
  const spoiled = (): string[] =>
    [...world.documents.all()].flatMap(([path, entry]) =>
      path.startsWith('runs/spoiled') && entry.data['nextLookAt'] !== null ? [path] : [],
    );
  const allReports = () =>
    new Map(documentsIn(/^repos\/[^/]+\/commits\/[^/]+$/, reports).map(({ path, value }) => [path, value]));
  const resultOf = (run: Run): RunResult | null => {
    const key = resultKey(run);
    const known = results.get(key);
    if (known !== undefined && known !== null) return known;
    const object = world.objects.peek(signalName({ runId: run.id, attempt: run.attempt }, 'result'));
    const parsed = object === null ? null : RunResult.parse(JSON.parse(Buffer.from(object).toString()));
    results.set(key, parsed);
    return parsed;
  };
  const look = (): Seen => {
    const everyRun = allRuns();
    return {
      runs: everyRun,
      volumes: documentsIn(/^repos\/[^/]+\/volumes\/[^/]+$/, volumes).map(({ path, value }) => ({
        repoId: path.split('/')[1] ?? '',
        volume: value,
      })),
      jobs: [...world.cluster.jobs.values()].flatMap((job) => {
        const order = world.cluster.orders.get(job.name);
        return order === undefined ? [] : [{ order, job, pod: world.cluster.podOf(job.uid) }];
      }),
      statuses: new Map([...world.github.statuses].map(([sha, told]) => [sha, told.toReversed()])),
      comments: world.github.comments_,
      late: lateStatuses,
      reports: allReports(),
      results: new Map(
        everyRun.flatMap((run) => {
          const result = resultOf(run);
          return result === null ? [] : [[resultKey(run), result] as const];
        }),
      ),
      accepted: [],
      bounds,
      slots: new Map(documentsIn(/(^|\/)slots\/\d+$/, slots).map(({ path, value }) => [path, value])),
    };
  };

  /** Over, of a repository that went away without a word: that GitHub refuses what is told of it may end. */
  const isUnheard = ({ repoId, state }: Run): boolean =>
    state === 'finished' && left.has(repoId) && !heardOf.has(repoId);
  /** Since when nothing is left of the writer of each attempt. */
  const goneSince = new Map<string, number>();
  const undecided = (now: number): string[] =>
    allRuns().flatMap((run) => {
      if (run.job?.uid === undefined || run.job.uid === null || run.state === 'finished') return [];
      const job = world.cluster.jobs.get(run.job.name) ?? null;
      const pod = world.cluster.podOf(run.job.uid);
      if (!isGone({ job, pod })) return [];
      const since = goneSince.get(resultKey(run)) ?? now;
      goneSince.set(resultKey(run), since);
      return now - since > longestUndecided && !times.troubledSince(since, now) ? [run.id] : [];
    });

  return {
    made,
    accepted,
    left,
    isWaiting: () => [...made].some(([id, repoId]) => !accepted.has(id) && !left.has(repoId)),
    runIds: () => allRuns().map(({ id }) => id),
    after() {
      const seen = look();
      return [...violations(seen), ...trusts(seen)];
    },
    late() {
      const now = world.clock.now().getTime();
      const overdue = allRuns().filter(
        ({ nextLookAt }) =>
          nextLookAt !== null && now - Math.max(nextLookAt.getTime(), times.calmSince) > longestOverdue,
      );
      return [
        ...overdue.map(({ id }) => `in-time: ${id} was to be looked at five minutes ago`),
        ...undecided(now).map((id) => `in-time: nothing is left of the Job of ${id}, and it is not decided`),
      ];
    },
    unrest() {
      const seen = look();
      return [
        ...spoiled().map((path) => `${path} cannot be read, and nobody has set it aside`),
        // For somebody's word a run waits longer than any story takes; and so long a last word is tried.
        ...seen.runs
          .filter((run) => run.nextLookAt !== null && !isAsking(run) && !isUnheard(run))
          .map(({ id, state: is, waitReason }) => `${id} is ${is} and waits for ${String(waitReason)}`),
        ...seen.volumes
          .filter(({ volume }) => volume.state !== 'free' || (!isTrusted(volume.trust) && volume.epoch > 0))
          .map(
            ({ repoId, volume }) =>
              `volume ${repoId}/${volume.index} is ${volume.state}, held by ${volume.holder?.runId ?? 'nobody'}`,
          ),
        ...[...(seen.slots ?? [])].flatMap(([path, holder]) =>
          holder === null ? [] : [`${path} is held by ${holder}`],
        ),
        ...world.deadLetters.lying.map(({ id, text }) => `message ${id} lies aside: ${text.slice(0, 80)}`),
        ...seen.jobs.filter(({ job, pod }) => !isGone({ job, pod })).map(({ job }) => `${job.name} goes on`),
      ];
    },
    atRest() {
      const seen = look();
      const ids = new Set(seen.runs.map(({ id }) => id));
      return [
        // Whoever pushed to what went away may have pushed to nobody.
        ...[...new Map([...made, ...accepted])]
          .filter(([id, repoId]) => !ids.has(id) && !left.has(repoId))
          .map(([id]) => `no-lost-push: ${id} was ${accepted.has(id) ? 'accepted' : 'made'} and has no run`),
        ...lastWords(seen, world.github.statuses, left),
        ...follows({ left, heardOf, world }),
        // No trouble of a story is as long as a last word is tried.
        ...[...seen.reports.values()]
          .filter(({ repoId, left: given, desired }) => given && desired.rank === 'final' && !left.has(repoId))
          .map(({ sha, trouble }) => `last-word: that of ${sha} was given up: ${String(trouble?.code)}`),
        ...seen.runs
          .filter(({ id, outcome }) => cancelledFirst.has(id) && outcome?.verdict !== 'cancelled')
          .map(({ id }) => `cancel: ${id} was cancelled before it was there, and ran`),
      ];
    },
    async takesEffect(effect) {
      const before = new Map([...world.github.statuses].map(([sha, told]) => [sha, told.length]));
      await effect();
      for (const [sha, told] of world.github.statuses) {
        const [newest] = told;
        if (newest !== undefined && told.length !== (before.get(sha) ?? 0)) lateStatuses.add(newest);
      }
    },
    heard({ topic, text }) {
      const news = RepositoryChanged.safeParse(jsonOrNull(text)).data;
      if (news !== undefined && world.clock.now().getTime() > times.calmSince + settling) heardOf.add(news.repoId);
      const order = topic === 'orders' ? RunCancelled.safeParse(jsonOrNull(text)).data : undefined;
      if (order !== undefined && !world.documents.all().has(runPath(order.runId))) cancelledFirst.add(order.runId);
    },
  };
}

/** No commit that is on none of the repository's branches runs where all volumes are trusted, whoever asked for it. */
function trusts({ jobs }: Seen): string[] {
  return jobs.flatMap(({ order }) =>
    order.kind === 'attempt' && order.run.sha === foreignSha
      ? [`trust: ${order.name} runs a commit of nobody's branch`]
      : [],
  );
}

/** What GitHub shows at last of each commit is how its newest run ended, unless it was given up with a reason. */
function lastWords(
  { runs, reports }: Seen,
  statuses: ReadonlyMap<string, readonly StatusToShow[]>,
  left: ReadonlySet<string>,
): string[] {
  const newest = new Map<string, Run>();
  // Of what went away nobody may be able to say anything any more.
  for (const run of runs.filter(({ vouched, repoId }) => vouched && !left.has(repoId))) {
    const path = commitReportPath(run);
    const other = newest.get(path);
    if (other === undefined || inAge(run, other) > 0) newest.set(path, run);
  }
  return [...newest].flatMap(([path, run]) => {
    if (reports.get(path)?.left === true) return [];
    const told = statuses.get(run.sha) ?? [];
    if (run.state === 'awaiting-approval')
      return asks(run, told) ? [] : [`last-word: nobody is asked to allow ${run.id}`];
    const shown = told.find(({ context }) => context === 'yb');
    if (shown === undefined) return [`last-word: nothing is shown of ${run.sha}, whose run ${run.id} is ${run.state}`];
    return shown.targetUrl.endsWith(run.id) && shown.state !== 'pending'
      ? []
      : [
          `last-word: ${run.sha} shows ${shown.state} "${shown.description}" of ${shown.targetUrl}, and its newest run is ${run.id}: ${String(run.outcome?.verdict)}`,
        ];
  });
}

/** Whether nothing of it is left to do but to wait for somebody's word. */
function isAsking(run: Run): boolean {
  return run.state === 'awaiting-approval' && run.nextLookAt?.getTime() === approvalEnds(run).getTime();
}

/** Whether GitHub shows of a fork's commit that somebody may allow it. */
function asks(run: Run, told: readonly StatusToShow[]): boolean {
  const shown = told.find(({ context }) => context === 'yb/approval');
  return shown?.state === 'pending' && shown.targetUrl.endsWith(run.id);
}

const Held = z
  .object({ holder: z.object({ runId: z.string(), attempt: z.number() }).nullable() })
  .transform(({ holder }) => (holder === null ? null : `${holder.runId}/${holder.attempt}`));

const RepositoryChanged = z.object({ type: z.literal('repository.changed'), repoId: z.string() });
const RunCancelled = z.object({ type: z.literal('run.cancelled'), runId: z.string() });

/** Reads documents of one kind, each version of each once. */
function reader<Schema extends z.ZodType>(schema: Schema): (entry: Entry) => z.output<Schema> {
  const known = new WeakMap<Entry, z.output<Schema>>();
  return (entry) => {
    const before = known.get(entry);
    if (before !== undefined) return before;
    const value = schema.parse(entry.data);
    known.set(entry, value);
    return value;
  };
}
