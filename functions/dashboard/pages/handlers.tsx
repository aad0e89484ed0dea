import type { How } from '../acts/starting.ts';
import { Click } from '../../../shared/api/schemas.ts';
import { runLink, repositoryLink } from '../../../shared/links.ts';
import type { Context } from 'hono';
import * as z from 'zod';
import { resultLimits } from '../../../shared/attempt/result.ts';
import { html } from 'hono/html';
import { refNamed, shortRef, VerdictName } from '../../../shared/run/run.ts';
import type { Caller } from '../access/identity.ts';
import { formBody } from '../http/bodies.ts';
import type { Changing } from '../access/audit.ts';
import type { OfRepository, OfRun, Shown, ShownRun } from '../access/gate.ts';
import { readHomeModel } from '../models/home.ts';
import { askedOfLog } from '../models/log.ts';
import { readHealth, readRepositoryModel } from '../models/repository.ts';
import type { Services } from '../services.ts';
import { Badge } from './badge.tsx';
import { Feed } from './feed.tsx';
import { latestRuns } from '../../../shared/store/runs.ts';
import { HomePage } from './home-page.tsx';
import { RepositoryPage } from './repository-page.tsx';
import { RunPage } from './run-page.tsx';
import { showPage } from './show.tsx';
import { TargetPage } from './target-page.tsx';
import { TargetsPage } from './targets-page.tsx';

type Answer = Promise<Response>;

export interface PageHandlers {
  readonly home: (context: Context, caller: Caller) => Answer;
  readonly repository: (context: Context, asked: Shown) => Answer;
  readonly badge: (context: Context, asked: Shown) => Answer;
  readonly feed: (context: Context, asked: Shown) => Answer;
  readonly targets: (context: Context, asked: Shown) => Answer;
  readonly start: (context: Context, asked: Changing<OfRepository>) => Answer;
  readonly redeliver: (context: Context, asked: Changing<OfRepository>) => Answer;
  readonly run: (context: Context, asked: ShownRun) => Answer;
  readonly rerun: (context: Context, asked: Changing<OfRun>) => Answer;
  readonly cancel: (context: Context, asked: Changing<OfRun>) => Answer;
  readonly approve: (context: Context, asked: Changing<OfRun>) => Answer;
}

/** A button may be pressed by a program, which sends nothing with it. */
async function formIfSent(context: Context): Promise<ReadonlyMap<string, string>> {
  return context.req.header('content-type') === undefined ? new Map() : await formBody(context);
}

/** A click that is none is as good as a fresh one. */
function howOf(form: ReadonlyMap<string, string>): How {
  return { click: Click.safeParse(form.get('click')).data, cache: form.get('cache') !== 'no' };
}

const Label = z.string().min(1).max(resultLimits.label);
const rowsPerPage = 30;
const Branch = z.string().min(1).max(1024);
const Author = z.string().min(1).max(200);
const Before = z.iso.datetime().transform((value) => new Date(value));

/** What stands after the question mark under this name; what is not of the form is as good as nothing: links of people carry anything. */
function parameter<Schema extends z.ZodType>(
  context: Context,
  name: string,
  schema: Schema,
): z.output<Schema> | undefined {
  return schema.safeParse(context.req.query(name)).data;
}

export function createPageHandlers(services: Services): PageHandlers {
  const { githubUrl } = services.settings;
  return {
    async home(context, caller) {
      const model = await readHomeModel(services, caller);
      return await showPage(context, <HomePage frame={services.frame(context)} model={model} />, 200);
    },
    async repository(context, { repository }) {
      const branch = parameter(context, 'branch', Branch);
      const model = await readRepositoryModel(services, repository, {
        branch: branch === undefined ? undefined : shortRef(branch),
        verdict: parameter(context, 'verdict', VerdictName),
        author: parameter(context, 'author', Author),
        before: parameter(context, 'before', Before),
        limit: rowsPerPage,
      });
      const page = <RepositoryPage frame={services.frame(context)} model={model} githubUrl={githubUrl} />;
      return await showPage(context, page, 200);
    },
    async badge(context, { repository }) {
      const branch = parameter(context, 'branch', Branch) ?? repository.defaultBranch;
      const health = await readHealth(services.documents, repository.id, refNamed(branch));
      const picture = await html`${<Badge health={health} />}`;
      return context.body(picture.toString(), 200, {
        'content-type': 'image/svg+xml',
        // Whoever keeps pictures for others asks each time, and other pages may show it.
        'cache-control': 'private, no-cache',
        'cross-origin-resource-policy': 'cross-origin',
      });
    },
    async feed(context, { repository }) {
      const { documents, clock, settings } = services;
      const branch = parameter(context, 'branch', Branch) ?? repository.defaultBranch;
      const wanted = { repoId: repository.id, ref: refNamed(branch), state: 'finished', limit: rowsPerPage } as const;
      const runs = (await latestRuns(documents, wanted)).map(({ value }) => value);
      const { dashboardUrl } = settings;
      const of = { fullName: repository.fullName, branch: shortRef(branch), runs, dashboardUrl, now: clock.now() };
      const feed = await html`<?xml version="1.0" encoding="utf-8"?>${<Feed {...of} />}`;
      return context.body(feed.toString(), 200, { 'content-type': 'application/atom+xml; charset=utf-8' });
    },
    async targets(context, { repository }) {
      const frame = services.frame(context);
      const label = parameter(context, 'label', Label);
      const page =
        label === undefined ? (
          <TargetsPage frame={frame} model={await services.targets.list(repository)} />
        ) : (
          <TargetPage frame={frame} model={await services.targets.one(repository, label)} />
        );
      return await showPage(context, page, 200);
    },
    async start(context, asked) {
      const form = await formBody(context);
      const { run, seen } = await services.starter.branch(asked, form.get('ref') ?? '', howOf(form));
      return context.redirect(seen ? runLink(run.id) : repositoryLink(asked.repository.fullName), 303);
    },
    async redeliver(context, { repository }) {
      await services.registration.redeliver(repository);
      return context.redirect(`${repositoryLink(repository.fullName)}#hook-title`, 303);
    },
    async run(context, { run, repository }) {
      const [model, log] = await Promise.all([
        services.runModel(run, repository),
        services.logModel(run, askedOfLog(context.req.query())),
      ]);
      const page = <RunPage frame={services.frame(context)} model={model} log={log} githubUrl={githubUrl} />;
      return await showPage(context, page, 200);
    },
    async rerun(context, asked) {
      const again = await services.starter.again(asked, howOf(await formIfSent(context)));
      return context.redirect(again.seen ? runLink(again.run.id) : repositoryLink(asked.repository.fullName), 303);
    },
    async approve(context, asked) {
      await services.starter.approve(asked);
      return context.redirect(runLink(asked.run.id), 303);
    },
    async cancel(context, asked) {
      await services.starter.cancel(asked);
      return context.redirect(runLink(asked.run.id), 303);
    },
  };
}
