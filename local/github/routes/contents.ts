import { Hono } from 'hono';
import * as z from 'zod';
import { pushing, reading } from '../access.ts';
import type { Caller } from '../caller.ts';
import { GitHubError, conflict, invalidRequest, notFound } from '../errors.ts';
import type { Signature } from '../git/commit-object.ts';
import { type Entry, isFilePath } from '../git/files.ts';
import { isRefName, zeroSha } from '../git/repositories.ts';
import type { Repository } from '../state.ts';
import { toSeconds } from '../time.ts';
import { innerCommitView } from '../views/commit.ts';
import { type Urls, escapePath, nodeId } from '../views/urls.ts';
import { hiddenEmail } from '../views/user.ts';
import type { Parts, RouteEnv } from './parts.ts';
import { commitOptions, readBody, requireCaller, requireRepository, restOfPath } from './request.ts';

const Person = z.object({ name: z.string(), email: z.string(), date: z.iso.datetime({ offset: true }).optional() });

const ChangeBody = z.object({
  message: z.string().min(1),
  branch: z.string().optional(),
  sha: z.string().optional(),
  author: Person.optional(),
  committer: Person.optional(),
});
const PutBody = ChangeBody.extend({ content: z.string() });
type ChangeBody = z.output<typeof ChangeBody>;

interface Change {
  readonly repository: Repository;
  readonly caller: Caller;
  readonly path: string;
  /** Null takes the file away. */
  readonly content: Uint8Array | null;
  readonly body: ChangeBody;
}

/** Files of a repository; changing one makes a commit, and so a push. */
export function contentRoutes(parts: Parts): Hono<RouteEnv> {
  const { repositories, files } = parts;
  const app = new Hono<RouteEnv>();

  app.get('/*', async (c) => {
    const repository = requireRepository(parts, c, reading);
    const path = restOfPath(c, 1).replace(/\/+$/, '');
    const ref = c.req.query('ref') ?? repository.defaultBranch;
    const commit = await repositories.resolveCommit(repository.id, ref);
    if (commit === null) throw new GitHubError(404, `No commit found for the ref ${ref}`);
    const entry = await files.entry(repository.id, commit, path);
    if (entry === null) throw notFound();
    const view = (what: Entry) =>
      entryView({ urls: parts.urls, fullName: parts.store.fullName(repository), ref }, what);
    if (entry.type === 'tree') return c.json((await files.list(repository.id, commit, path)).map(view));
    if (entry.type !== 'blob') return c.json({ ...view(entry), submodule_git_url: null });
    const content = await files.blob(repository.id, entry.sha);
    if (/application\/vnd\.github\.(v3\.)?raw/.test(c.req.header('accept') ?? '')) {
      return c.body(new Uint8Array(content), 200, { 'Content-Type': 'application/octet-stream' });
    }
    return c.json({ ...view(entry), content: brokenBase64(content), encoding: 'base64' });
  });

  app.put('/*', async (c) => {
    const repository = requireRepository(parts, c, pushing);
    const body = await readBody(c, PutBody);
    const content = Buffer.from(body.content, 'base64');
    const path = restOfPath(c, 1);
    const { entry, commit, created } = await change(parts, {
      repository,
      caller: requireCaller(c),
      path,
      content,
      body,
    });
    return c.json({ content: entry, commit }, created ? 201 : 200);
  });

  app.delete('/*', async (c) => {
    const repository = requireRepository(parts, c, pushing);
    const body = await readBody(c, ChangeBody);
    const path = restOfPath(c, 1);
    const { commit } = await change(parts, { repository, caller: requireCaller(c), path, content: null, body });
    return c.json({ content: null, commit });
  });

  return app;
}

/** Commits one changed file to a branch. @throws GitHubError 409 if the file or the branch is not what the caller saw */
async function change(parts: Parts, { repository, caller, path, content, body }: Change) {
  const { repositories, files } = parts;
  const { id } = repository;
  const branch = body.branch ?? repository.defaultBranch;
  if (!isFilePath(path)) throw new GitHubError(422, 'path contains a malformed path component');
  if (!isRefName(branch)) throw new GitHubError(404, `Branch ${branch} not found`);
  const ref = `refs/heads/${branch}`;
  const parent = await repositories.resolveCommit(id, ref);
  if (parent === null && (await repositories.refs(id, ['refs/heads/'])).length > 0) {
    throw new GitHubError(404, `Branch ${branch} not found`);
  }
  const before = parent === null ? null : await files.entry(id, parent, path);
  assertSeen({ path, before, content, sha: body.sha });

  const person = signature(parts, caller);
  const author = signedBy(body.author ?? body.committer, person);
  const committer = signedBy(body.committer, person);
  const after = await files.commit(id, { path, content, parent, message: body.message, author, committer });
  const moved = { ref, before: parent ?? zeroSha, after };
  if (!(await repositories.updateRef(id, moved))) {
    throw conflict(`is at ${(await repositories.resolveCommit(id, ref)) ?? 'nothing'} but expected ${moved.before}`);
  }
  await parts.events.pushed(repository, caller.user, [moved]);

  const options = commitOptions(parts, repository);
  const [commit] = await parts.history.commits(id, [after]);
  const written = await files.entry(id, after, path);
  if (commit === undefined) throw notFound();
  return {
    entry: written === null ? null : entryView({ ...options, ref: branch }, written),
    commit: {
      sha: after,
      node_id: nodeId('Commit', after),
      html_url: `${parts.urls.web}/${options.fullName}/commit/${after}`,
      parents: commit.parents.map((sha) => ({
        sha,
        url: `${parts.urls.api}/repos/${options.fullName}/git/commits/${sha}`,
        html_url: `${parts.urls.web}/${options.fullName}/commit/${sha}`,
      })),
      ...innerCommitView(options, commit),
    },
    created: before === null,
  };
}

/** Who changes a file that exists must name the version that he saw. */
function assertSeen(options: {
  readonly path: string;
  readonly before: Entry | null;
  readonly content: Uint8Array | null;
  readonly sha: string | undefined;
}): void {
  const { before, sha } = options;
  if (before === null) {
    if (options.content === null) throw notFound();
    return;
  }
  if (before.type !== 'blob') throw new GitHubError(422, 'path is a directory');
  if (sha === undefined) throw invalidRequest('"sha" wasn\'t supplied.');
  if (before.sha !== sha) throw conflict(`${options.path} does not match ${sha}`);
}

/** How GitHub signs for a caller who names nobody. */
export function signature(parts: Parts, caller: Caller): Signature {
  return { name: caller.user.login, email: hiddenEmail(caller.user), date: toSeconds(parts.clock.now()) };
}

function signedBy(given: z.output<typeof Person> | undefined, otherwise: Signature): Signature {
  if (given === undefined) return otherwise;
  return { name: given.name, email: given.email, date: given.date ?? otherwise.date };
}

/** Base64 in lines of 60 characters, as GitHub sends it. */
function brokenBase64(content: Buffer): string {
  return content.toString('base64').replace(/.{1,60}/g, '$&\n');
}

const entryTypes: Readonly<Record<string, string>> = { blob: 'file', tree: 'dir', commit: 'submodule' };

/** A file or folder (schema `content-file` without its content). */
function entryView(options: { readonly urls: Urls; readonly fullName: string; readonly ref: string }, entry: Entry) {
  const { urls, fullName, ref } = options;
  const path = escapePath(entry.path);
  const api = `${urls.api}/repos/${fullName}`;
  const self = `${api}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const kind = entry.type === 'tree' ? 'tree' : 'blob';
  const git = `${api}/git/${kind}s/${entry.sha}`;
  const html = `${urls.web}/${fullName}/${kind}/${escapePath(ref)}/${path}`;
  return {
    name: entry.path.slice(entry.path.lastIndexOf('/') + 1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size,
    url: self,
    html_url: html,
    git_url: git,
    download_url: kind === 'tree' ? null : `${urls.web}/${fullName}/raw/${escapePath(ref)}/${path}`,
    type: entryTypes[entry.type] ?? 'file',
    _links: { self, git, html },
  };
}
