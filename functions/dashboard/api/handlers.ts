import type { Caller } from '../access/identity.ts';
import { lazily } from '../../../shared/lazily.ts';
import { apiLink } from '../../../shared/links.ts';
import type { Context } from 'hono';
import type * as z from 'zod';
import { hookHealth } from '../models/hook.ts';
import { readRunList } from '../models/run-list.ts';
import { readHookCheck } from '../../../shared/store/hook-checks.ts';
import { readVolumes } from '../../../shared/store/volumes.ts';
import { allows } from '../access/access.ts';
import type { Services } from '../services.ts';
import type { Changing } from '../access/audit.ts';
import type { OfRepository, OfRun, Shown, ShownRun } from '../access/gate.ts';
import type { Registered } from '../acts/registration.ts';
import type { Started } from '../acts/starting.ts';
import type {
  ListQuery,
  RegistrationBody,
  RepositoryView,
  RunDetails,
  RunList,
  PersonView,
  ServerView,
  RerunBody,
  StartBody,
} from '../../../shared/api/schemas.ts';
import type { LiveQuery } from '../../../shared/api/live-schemas.ts';
import type { TargetHistoryView, TargetListView, TargetQuery } from '../../../shared/api/target-schemas.ts';
import {
  hookView,
  pastAttemptView,
  phasesView,
  runView,
  targetHistoryView,
  targetSummaryView,
  targetViews,
  volumeView,
} from './views.ts';

type Answer = Promise<Response>;

/** What each path under /api/v1 answers, once the caller's right is established. */
export interface ApiHandlers {
  readonly describe: (context: Context) => Answer;
  readonly server: (context: Context) => Response;
  readonly person: (context: Context, caller: Caller) => Answer;
  readonly repository: (context: Context, asked: Shown) => Answer;
  readonly register: (context: Context, asked: Changing<OfRepository>, body: RegistrationBody) => Answer;
  readonly unregister: (context: Context, asked: Changing<OfRepository>) => Answer;
  readonly redeliver: (context: Context, asked: Changing<OfRepository>) => Answer;
  readonly runs: (context: Context, asked: Shown, query: z.output<typeof ListQuery>) => Answer;
  readonly targets: (context: Context, asked: Shown, query: z.output<typeof TargetQuery>) => Answer;
  readonly start: (context: Context, asked: Changing<OfRepository>, body: z.output<typeof StartBody>) => Answer;
  readonly run: (context: Context, asked: ShownRun) => Answer;
  readonly live: (context: Context, asked: ShownRun, query: z.output<typeof LiveQuery>) => Answer;
  readonly cancel: (context: Context, asked: Changing<OfRun>) => Answer;
  readonly approve: (context: Context, asked: Changing<OfRun>) => Answer;
  readonly rerun: (context: Context, asked: Changing<OfRun>, body: z.output<typeof RerunBody>) => Answer;
}

export function createApiHandlers(services: Services): ApiHandlers {
  const { documents, settings } = services;
  const { dashboardUrl, webhookUrl } = settings;

  const repositoryView = async (
    { repository, caller }: Shown,
    registered: Promise<Registered | null>,
  ): Promise<RepositoryView> => {
    const { id, fullName, defaultBranch } = repository;
    const isOwner = allows(repository, 'admin');
    const [stored, volumes, installed, check] = await Promise.all([
      registered,
      readVolumes(documents, id),
      isOwner && caller !== null ? services.access.isInstalled(caller, repository) : null,
      isOwner ? readHookCheck(documents, id) : null,
    ]);
    const hook = isOwner ? (stored?.hook ?? null) : null;
    const hookUrl = `${webhookUrl}/${stored?.repository.hookKey ?? ''}`;
    const credential = stored?.repository.credential ?? null;
    return {
      id,
      fullName,
      defaultBranch,
      private: repository.private,
      registered: stored !== null,
      volumes: volumes.map(({ value }) => volumeView(value)),
      hook: hook === null ? null : hookView(hookUrl, hookHealth(hook, check?.value ?? null)),
      credential: credential === null ? null : { kind: credential.kind, addedAt: credential.addedAt.toISOString() },
      app: installed === null ? null : { installed },
    };
  };

  // It costs more to load than all else of the API together, and few ask for it; who does need not be signed in.
  const described = lazily(async () => {
    const { openApi } = await import('../../../shared/api/openapi.ts');
    return openApi({ dashboardUrl, version: settings.version });
  });

  const started = (context: Context, { run, seen }: Started): Response =>
    context.json(runView(run, dashboardUrl), seen ? 201 : 202, {
      location: `${dashboardUrl}${apiLink({ run: run.id })}`,
    });

  return {
    async describe(context) {
      return context.json(await described());
    },
    server(context) {
      const { version } = settings;
      return context.json({
        name: 'yb',
        version,
        webhook: webhookUrl,
        dashboard: dashboardUrl,
        signIn: { url: settings.githubUrl, clientId: settings.clientId },
        install: settings.installUrl,
      } satisfies ServerView);
    },
    async person(context, caller) {
      const { login } = await services.access.person(caller);
      return context.json({ login } satisfies PersonView);
    },
    async repository(context, asked) {
      return context.json(await repositoryView(asked, services.registration.read(asked.repository.id)));
    },
    async register(context, asked, body) {
      asked.change.tell(Object.keys(body).join(', '));
      const stored = await services.registration.register({
        repository: asked.repository,
        body,
        by: asked.change.by.login,
        token: asked.caller.token,
      });
      return context.json(await repositoryView(asked, Promise.resolve(stored)));
    },
    async unregister(context, { repository, change }) {
      change.tell(repository.fullName);
      await services.registration.unregister(repository, change.by.login);
      return context.body(null, 204);
    },
    async redeliver(context, asked) {
      await services.registration.redeliver(asked.repository);
      const now = services.registration.read(asked.repository.id);
      return context.json(await repositoryView(asked, now), 202);
    },
    async runs(context, { repository }, asked) {
      const { runs, next } = await readRunList(documents, { repoId: repository.id, ...asked });
      return context.json({ runs: runs.map((run) => runView(run, dashboardUrl)), next } satisfies RunList);
    },
    async targets(context, { repository }, { label }) {
      if (label !== undefined) {
        const model = await services.targets.one(repository, label);
        return context.json(targetHistoryView(model, dashboardUrl) satisfies TargetHistoryView);
      }
      const { failing, flaky } = await services.targets.list(repository);
      return context.json({
        failing: failing.map(targetSummaryView),
        flaky: flaky.map(targetSummaryView),
      } satisfies TargetListView);
    },
    async start(context, asked, { ref, ...how }) {
      return started(context, await services.starter.branch(asked, ref, how));
    },
    async run(context, { run }) {
      const ref = { runId: run.id, attempt: run.attempt };
      const begun = run.startedAt !== null;
      const [results, bytes, place] = await Promise.all([
        begun ? (run.state === 'finished' ? services.results.finished(ref) : services.results.live(ref)) : null,
        begun && run.log === null ? services.log.size(ref) : (run.log?.bytes ?? 0),
        services.live.place(run),
      ]);
      const { log } = run;
      return context.json({
        ...runView(run, dashboardUrl),
        pastAttempts: run.pastAttempts.map(pastAttemptView),
        place,
        phases: phasesView(run.phases),
        buildImage: run.outcome?.buildImage ?? null,
        targets: targetViews(results?.targets ?? [], { run, dashboardUrl }),
        log: { complete: log?.complete ?? false, bytes, lines: log?.lines ?? null },
        disappeared: run.outcome?.disappeared ?? null,
      } satisfies RunDetails);
    },
    async live(context, { run }, asked) {
      return context.json(await services.live.view(run, asked));
    },
    async cancel(context, asked) {
      await services.starter.cancel(asked);
      return context.json(runView(asked.run, dashboardUrl), 202);
    },
    async approve(context, asked) {
      return context.json(runView(await services.starter.approve(asked), dashboardUrl), 202);
    },
    async rerun(context, asked, how) {
      return started(context, await services.starter.again(asked, how));
    },
  };
}
