import { signInLink } from '../../shared/links.ts';
import { triggerFields } from '../../shared/run/trigger.ts';
import { traceOf } from '../../shared/trace.ts';
import { configurationOf } from './configuration.ts';
import type { DashboardSettings } from './settings.ts';
import { type Context, Hono } from 'hono';
import { compress } from 'hono/compress';
import { etag } from 'hono/etag';
import { YbError } from '../../shared/errors.ts';
import { unitOfWork, type Work } from '../../shared/log.ts';
import type { Asset } from './http/assets.ts';
import { createGate, type Gate, type ShownRun } from './access/gate.ts';
import { CrossSiteError } from './access/identity.ts';
import { ErrorPage } from './pages/error-page.tsx';
import { showPage } from './pages/show.tsx';
import { crossSite, type Problem, problemOf, sendProblem } from './http/problems.ts';
import { protection } from './access/protection.ts';
import { type Face, pathIn, type Route } from './http/route.ts';
import { routes } from './routes.ts';
import { createServices, type Services, type DashboardOutside } from './services.ts';

/** The dashboard: people's pages and the API, with the rights of the table in `routes.ts` before every one of them. */
export function createDashboard(outside: DashboardOutside, given: DashboardSettings): Hono {
  const services = createServices(outside, configurationOf(given));
  const { settings, clock } = services;
  const gate = createGate(services);
  const app = new Hono();
  app.use(protection(settings));
  app.use(compress());
  const { style, script, icon } = services.assets;
  for (const asset of [style, script, icon]) app.get(asset.path, (context) => sendAsset(context, asset));

  const answer = async (
    context: Context,
    route: Pick<Route, 'method' | 'path' | 'face' | 'answer'>,
  ): Promise<Response> => {
    const refusal = async (error: unknown): Promise<Response> =>
      await refuse(services, context, route.face, problemFor(error, clock.now()));
    try {
      const op = `${route.method} ${route.path}`;
      return await unitOfWork(
        { log: outside.log, clock, op, fields: fieldsOf(context), trace: traceOf(context.req.header()) },
        async (work) => {
          try {
            const response = await route.answer(context, noting(gate, work));
            work.note({ status: response.status });
            return response;
          } catch (error) {
            const { status, code } = problemFor(error, clock.now());
            // A refusal is our answer, not our failure.
            if (status >= 500) throw error;
            work.note({ status, code });
            return await refusal(error);
          }
        },
      );
    } catch (error) {
      return await refusal(error);
    }
  };

  const table = routes(services, outside.log);
  for (const route of table) {
    if (route.tagged === true) app.on(route.method, route.path, etag({ weak: true }));
    app.on(route.method, route.path, async (context) => await answer(context, route));
  }
  // What is there is there for some methods: which ones is no secret.
  for (const [path, ofPath] of Map.groupBy(table, (route) => route.path)) {
    const methods = ofPath.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
    const face = ofPath[0]?.face ?? 'page';
    app.all(path, async (context) => {
      const refused = new YbError('method-not-allowed', `This takes ${methods}, not ${context.req.method}`);
      context.header('allow', methods);
      return await answer(context, { method: 'GET', path, face, answer: async () => await Promise.reject(refused) });
    });
  }
  app.notFound(async (context) => {
    const face: Face = context.req.path.startsWith('/api/') ? 'api' : 'page';
    return await answer(context, { method: 'GET', path: '*', face, answer: async () => await gate.nothing(context) });
  });
  return app;
}

/** A line about a run says what started it, as all lines about it do; and one about a change, if the trail lacks its end. */
function noting(gate: Gate, work: Work): Gate {
  const ofRun = <Asked extends ShownRun>(asked: Asked): Asked => {
    work.note(triggerFields(asked.run.trigger));
    return asked;
  };
  return {
    ...gate,
    run: async (context, right) => ofRun(await gate.run(context, right)),
    shownRun: async (context, right) => ofRun(await gate.shownRun(context, right)),
    noted: async (context, what, act) => {
      const unwritten = (): void => {
        work.note({ audit: 'unwritten' });
      };
      return await gate.noted(context, { ...what, unwritten }, act);
    },
  };
}

function problemFor(error: unknown, now: Date): Problem {
  return error instanceof CrossSiteError ? crossSite : problemOf(error, now);
}

async function refuse(services: Services, context: Context, face: Face, problem: Problem): Promise<Response> {
  if (face === 'api') return sendProblem(context, problem);
  if (problem.status === 401) {
    services.cookies.dropSessionId(context);
    return context.redirect(signInLink(wayBack(context)), 303);
  }
  if (problem.retryAfter !== undefined) context.header('retry-after', String(problem.retryAfter));
  return await showPage(context, <ErrorPage frame={services.frame(context)} problem={problem} />, problem.status);
}

/** Where to return to after signing in: what was asked for, or the page on which the form stood. */
function wayBack(context: Context): string {
  return context.req.method === 'GET'
    ? pathIn(context)
    : context.req.path.replace(
        /\/(?:rerun|cancel|approve|runs|tokens(?:\/revoke)?|hook\/redeliver|sessions\/end)$/,
        '',
      );
}

function fieldsOf(context: Context) {
  const { id, owner, repo } = context.req.param();
  return {
    ...(id === undefined ? {} : { run: id.slice(0, 64) }),
    ...(owner === undefined ? {} : { repo: `${owner}/${repo ?? ''}`.slice(0, 200) }),
  };
}

function sendAsset(context: Context, asset: Asset): Response {
  return context.body(asset.content, 200, {
    'content-type': asset.type,
    'cache-control': 'public, max-age=31536000, immutable',
  });
}
