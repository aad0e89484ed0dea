import { Hono } from 'hono';
import { html } from 'hono/html';
import { roleOf } from '../access.ts';
import type { Parts, RouteEnv } from '../routes/parts.ts';
import type { RouteContext } from '../routes/request.ts';
import { statusKey } from '../routes/statuses.ts';
import type { Repository, Status, User } from '../state.ts';
import { people } from '../store.ts';
import { latestByContext } from '../views/status.ts';
import { escapePath } from '../views/urls.ts';
import { layout } from './layout.ts';

const shownCommits = 30;

/**
 * Small pages behind the addresses that the API tells as `html_url`: the commits of a public repository with their
 * statuses. Nobody is signed in here, so a private repository does not exist.
 */
export function pageRoutes(parts: Parts): Hono<RouteEnv> {
  const { store, repositories, history } = parts;
  const app = new Hono<RouteEnv>();

  const find = (c: RouteContext): Repository | null => {
    const repository = store.repositoryByName(`${c.req.param('owner') ?? ''}/${c.req.param('repo') ?? ''}`);
    return repository !== undefined && roleOf(repository, undefined) !== null ? repository : null;
  };
  const statusesOf = (repository: Repository, sha: string): Status[] =>
    latestByContext(store.state.statuses[statusKey(repository.id, sha)] ?? []);

  app.get('/apps/:slug/installations/new', async (c) => {
    if (c.req.param('slug') !== store.state.app.slug) return await c.notFound();
    return c.html(installPage(people(store), null));
  });

  app.post('/apps/:slug/installations/new', async (c) => {
    const user = store.userByLogin(new URLSearchParams(await c.req.text()).get('login') ?? '');
    if (c.req.param('slug') !== store.state.app.slug || user === undefined) return await c.notFound();
    const { state } = store;
    if (!state.installations.some(({ accountId }) => accountId === user.id)) {
      state.installations.push({ id: store.nextId(), accountId: user.id, repositories: null });
      await store.save();
    }
    return c.html(installPage(people(store), `The application is installed on all that ${user.login} owns.`));
  });

  app.get('/:owner/:repo', async (c) => {
    const repository = find(c);
    if (repository === null) return await c.notFound();
    const name = store.fullName(repository);
    const head = await repositories.resolveCommit(repository.id, repository.defaultBranch);
    const shas = head === null ? [] : await history.list(repository.id, { include: head, limit: shownCommits });
    const commits = await history.commits(repository.id, shas);
    const rows = commits.map(({ sha, message, author }) => {
      const marks = statusesOf(repository, sha).map(({ context, state }) => `${context}: ${state}`);
      return html`<li>
        <a href="${parts.urls.web}/${name}/commit/${sha}"><code>${sha.slice(0, 7)}</code> ${subject(message)}</a>
        by ${author.name} ${marks.length === 0 ? '' : `(${marks.join(', ')})`}
      </li>`;
    });
    const empty = html`<p>Empty. Clone address: <code>${parts.urls.git}/${name}.git</code></p>`;
    return c.html(
      layout(
        name,
        commits.length === 0
          ? empty
          : html`<ol>
              ${rows}
            </ol>`,
      ),
    );
  });

  app.get('/:owner/:repo/commit/:sha', async (c) => {
    const repository = find(c);
    const sha = repository === null ? null : await repositories.resolveCommit(repository.id, c.req.param('sha'));
    const [commit] = repository === null || sha === null ? [] : await history.commits(repository.id, [sha]);
    if (repository === null || commit === undefined) return await c.notFound();
    const files = await history.changedFiles(repository.id, commit.parents[0] ?? null, commit.sha);
    const statuses = statusesOf(repository, commit.sha).map(
      ({ context, state, description, targetUrl }) =>
        html`<li>
          ${context}: <strong>${state}</strong> ${description ?? ''}
          ${targetUrl === null ? '' : html`<a href="${targetUrl}">Details</a>`}
        </li>`,
    );
    const comments = store.commentsOf(repository.id).filter(({ sha: of }) => of === commit.sha);
    return c.html(
      layout(
        `${subject(commit.message)} · ${commit.sha.slice(0, 7)}`,
        html`<p>
            <a href="${parts.urls.web}/${escapePath(store.fullName(repository))}">${store.fullName(repository)}</a>, by
            ${commit.author.name}, ${commit.author.date}
          </p>
          <pre>${commit.message}</pre>
          <h2>Statuses</h2>
          ${
            statuses.length === 0
              ? html`<p>None.</p>`
              : html`<ul>
                  ${statuses}
                </ul>`
          }
          ${comments.map(({ id, body }) => html`<pre id="commitcomment-${id}">${body}</pre>`)}
          <h2>Files</h2>
          <ul>
            ${files.map(({ path, status }) => html`<li>${status} <code>${path}</code></li>`)}
          </ul>`,
      ),
    );
  });

  return app;
}

function subject(message: string): string {
  return message.split('\n')[0] ?? '';
}

function installPage(users: readonly User[], said: string | null) {
  return layout(
    'Install the application',
    html`${said === null ? '' : html`<p>${said}</p>`}
      <form method="post">
        ${users.map((user) => html`<button name="login" value="${user.login}">Install on ${user.login}</button>`)}
      </form>`,
  );
}
