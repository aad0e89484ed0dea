import { Hono } from 'hono';
import { reading } from '../access.ts';
import { GitHubError, conflict, notFound } from '../errors.ts';
import type { Repository } from '../state.ts';
import { commitView, fileView, fullCommitView } from '../views/commit.ts';
import { combinedStatusView, latestByContext, statusView } from '../views/status.ts';
import type { Parts, RouteEnv } from './parts.ts';
import {
  type RouteContext,
  commitOptions,
  linkPages,
  ownerOf,
  pageOf,
  readPage,
  requireCommit,
  requireRepository,
  restOfPath,
} from './request.ts';
import { readingStatuses, statusKey } from './statuses.ts';

/** Commits, and what was said about them. */
export function commitRoutes(parts: Parts): Hono<RouteEnv> {
  const { repositories, history } = parts;
  const app = new Hono<RouteEnv>();

  app.get('/', async (c) => {
    const repository = requireRepository(parts, c, reading);
    const { page, perPage } = readPage(c);
    const start = c.req.query('sha');
    const include = await repositories.resolveCommit(repository.id, start ?? repository.defaultBranch);
    if (include === null) {
      const empty = (await repositories.refs(repository.id, ['refs/heads/'])).length === 0;
      throw empty ? conflict('Git Repository is empty.') : notFound();
    }
    const query = {
      include,
      ...optional('path', c.req.query('path')),
      ...optional('since', c.req.query('since')),
      ...optional('until', c.req.query('until')),
    };
    const [total, shas] = await Promise.all([
      history.count(repository.id, query),
      history.list(repository.id, { ...query, skip: (page - 1) * perPage, limit: perPage }),
    ]);
    linkPages(parts, c, { page, last: Math.max(1, Math.ceil(total / perPage)) });
    const options = commitOptions(parts, repository);
    return c.json((await history.commits(repository.id, shas)).map((commit) => commitView(options, commit)));
  });

  // A ref may have slashes of its own, so the last word of the path decides what is asked of it.
  app.get('/*', async (c) => {
    const rest = restOfPath(c, 1);
    const [, ref = rest, question] = /^(.+)\/(status|statuses)$/.exec(rest) ?? [];
    const repository = requireRepository(parts, c, question === undefined ? reading : readingStatuses);
    const sha = await requireCommit(parts, repository, ref);
    if (question === 'status') return c.json(combinedStatus(parts, c, repository, sha));
    if (question === 'statuses') return c.json(statusList(parts, c, repository, sha));
    if (/application\/vnd\.github\.(v3\.)?sha/.test(c.req.header('accept') ?? '')) return c.text(sha);

    const [commit] = await history.commits(repository.id, [sha]);
    if (commit === undefined) throw notFound();
    const files = await history.changedFiles(repository.id, commit.parents[0] ?? null, sha);
    return c.json(fullCommitView(commitOptions(parts, repository), commit, files));
  });

  return app;
}

/** GitHub tells so many commits of a comparison at once, and so many files. */
const maxCompared = 250;
const maxFiles = 300;

/** Two commits against each other: `base...head`. */
export function compareRoutes(parts: Parts): Hono<RouteEnv> {
  const { repositories, history } = parts;
  const app = new Hono<RouteEnv>();

  app.get('/*', async (c) => {
    const repository = requireRepository(parts, c, reading);
    const [, baseName = '', headName = ''] = /^(.+?)\.\.\.?(.+)$/.exec(restOfPath(c, 1)) ?? [];
    const { id } = repository;
    const [base, head] = await Promise.all([
      repositories.resolveCommit(id, withoutOwner(baseName)),
      repositories.resolveCommit(id, withoutOwner(headName)),
    ]);
    if (base === null || head === null) throw notFound();
    const mergeBase = await history.mergeBase(id, base, head);
    if (mergeBase === null) throw new GitHubError(404, `No common ancestor between ${baseName} and ${headName}.`);

    const { page, perPage } = readPage(c);
    const size = c.req.query('per_page') === undefined ? maxCompared : perPage;
    const [ahead, behind, files] = await Promise.all([
      history.list(id, { include: head, exclude: [base] }),
      history.count(id, { include: base, exclude: [head] }),
      history.changedFiles(id, mergeBase, head),
    ]);
    const shas = ahead.reverse().slice((page - 1) * size, page * size);
    const options = commitOptions(parts, repository);
    const commits = await history.commits(id, shas);
    const [baseCommit, mergeBaseCommit] = await history.commits(id, [base, mergeBase]);
    if (baseCommit === undefined || mergeBaseCommit === undefined) throw notFound();
    const html = `${parts.urls.web}/${options.fullName}/compare/${base}...${head}`;
    return c.json({
      url: `${parts.urls.api}/repos/${options.fullName}/compare/${base}...${head}`,
      html_url: html,
      permalink_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      base_commit: commitView(options, baseCommit),
      merge_base_commit: commitView(options, mergeBaseCommit),
      status: comparison(ahead.length, behind),
      ahead_by: ahead.length,
      behind_by: behind,
      total_commits: ahead.length,
      commits: commits.map((commit) => commitView(options, commit)),
      files: page === 1 ? files.slice(0, maxFiles).map((file) => fileView(options, head, file)) : [],
    });
  });

  return app;
}

function comparison(ahead: number, behind: number): string {
  if (ahead > 0) return behind > 0 ? 'diverged' : 'ahead';
  return behind > 0 ? 'behind' : 'identical';
}

/** `owner:branch` names a branch of a fork or of this repository; there are no forks here. */
function withoutOwner(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function optional<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  const fields: Partial<Record<Name, string>> = {};
  if (value !== undefined && value !== '') fields[name] = value;
  return fields;
}

function statusList(parts: Parts, c: RouteContext, repository: Repository, sha: string) {
  const { store, urls } = parts;
  const fullName = store.fullName(repository);
  const newest = [...(store.state.statuses[statusKey(repository.id, sha)] ?? [])].reverse();
  return pageOf(parts, c, newest).map((status) => {
    const creator = store.userById(status.creatorId) ?? ownerOf(store, repository);
    return statusView({ urls, fullName, sha, creator }, status);
  });
}

function combinedStatus(parts: Parts, c: RouteContext, repository: Repository, sha: string) {
  const { store, urls } = parts;
  const latest = latestByContext(store.state.statuses[statusKey(repository.id, sha)] ?? []);
  const owner = ownerOf(store, repository);
  const page = pageOf(parts, c, latest);
  return combinedStatusView({ urls, fullName: store.fullName(repository), sha, repository, owner, latest, page });
}
