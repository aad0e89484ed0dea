import * as z from 'zod';

/**
 * What the stand-in remembers between starts, beside the bare repositories. Nothing here holds an address of the server
 * itself: ports change from start to start.
 */

export const Permission = z.enum(['pull', 'triage', 'push', 'maintain', 'admin']);
export type Permission = z.output<typeof Permission>;

/** What a fine-grained token may be narrowed to; metadata can always be read. */
export const Resource = z.enum(['contents', 'statuses', 'webhooks', 'administration', 'pull_requests']);
export type Resource = z.output<typeof Resource>;

export const User = z.object({ id: z.int(), login: z.string(), createdAt: z.string() });
export type User = z.output<typeof User>;

export const Token = z.object({
  value: z.string(),
  userId: z.int(),
  /** Of classic and OAuth tokens; `null` for kinds that have none (fine-grained, and those of a GitHub App's users). */
  scopes: z.array(z.string()).nullable(),
  /** `null`: whatever its user may do. */
  permissions: z.partialRecord(Resource, z.enum(['read', 'write'])).nullable(),
  /** Full names of the only private repositories it opens and the only ones it may change; `null`: all of its user's. */
  repositories: z.array(z.string()).nullable(),
  /** The one application was given it, by a sign-in. */
  ofApplication: z.boolean().default(false),
  /** In milliseconds; null for one that does not expire. */
  expiresAt: z.number().nullable().default(null),
  /** With which the next one is had, once. */
  refresh: z.string().nullable().default(null),
  /** Of an installation of the application, in whose name it acts. */
  installation: z.int().nullable().default(null),
});
export type Token = z.output<typeof Token>;

const Collaborator = z.object({ userId: z.int(), permission: Permission });

export const RefChange = z.object({ ref: z.string(), before: z.string(), after: z.string() });
export type RefChange = z.output<typeof RefChange>;

export const Repository = z.object({
  id: z.int(),
  ownerId: z.int(),
  name: z.string(),
  /** Full names it had before; they lead here until somebody else takes them. */
  formerNames: z.array(z.string()),
  private: z.boolean(),
  archived: z.boolean(),
  description: z.string().nullable(),
  defaultBranch: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  pushedAt: z.string(),
  collaborators: z.array(Collaborator),
  /** The repository of which it is a fork. */
  forkOf: z.int().nullable().default(null),
  lastPush: z.object({ userId: z.int(), change: RefChange }).nullable(),
});
export type Repository = z.output<typeof Repository>;

export const HookConfig = z.object({
  url: z.string(),
  content_type: z.enum(['json', 'form']),
  insecure_ssl: z.enum(['0', '1']),
  secret: z.string().optional(),
});
export type HookConfig = z.output<typeof HookConfig>;

export const Hook = z.object({
  id: z.int(),
  repoId: z.int(),
  active: z.boolean(),
  events: z.array(z.string()),
  config: HookConfig,
  createdAt: z.string(),
  updatedAt: z.string(),
  lastResponse: z.object({ code: z.int().nullable(), status: z.string(), message: z.string().nullable() }),
});
export type Hook = z.output<typeof Hook>;

const Headers = z.record(z.string(), z.string());

/** One attempt to deliver; the payload is kept in a file of its own, named by `guid`. */
export const Delivery = z.object({
  id: z.int(),
  hookId: z.int(),
  repoId: z.int(),
  guid: z.string(),
  event: z.string(),
  action: z.string().nullable(),
  redelivery: z.boolean(),
  deliveredAt: z.string(),
  /** In seconds. */
  duration: z.number(),
  status: z.string(),
  statusCode: z.int(),
  url: z.string(),
  request: z.object({ headers: Headers }),
  response: z.object({ headers: Headers, payload: z.string() }).nullable(),
});
export type Delivery = z.output<typeof Delivery>;

export const CommitState = z.enum(['error', 'failure', 'pending', 'success']);
export type CommitState = z.output<typeof CommitState>;

export const Status = z.object({
  id: z.int(),
  state: CommitState,
  context: z.string(),
  description: z.string().nullable(),
  targetUrl: z.string().nullable(),
  creatorId: z.int(),
  createdAt: z.string(),
});
export type Status = z.output<typeof Status>;

/** What somebody said about a commit. */
export const CommitComment = z.object({
  id: z.int(),
  sha: z.string(),
  body: z.string(),
  userId: z.int(),
  createdAt: z.string(),
});
export type CommitComment = z.output<typeof CommitComment>;

export const Pull = z.object({
  id: z.int(),
  repoId: z.int(),
  number: z.int(),
  state: z.enum(['open', 'closed']),
  title: z.string(),
  body: z.string().nullable(),
  draft: z.boolean(),
  /** Branch names without `refs/heads/`. */
  head: z.string(),
  /** The fork in which the head lies; null where it lies in this repository. */
  headRepoId: z.int().nullable().default(null),
  base: z.string(),
  headSha: z.string(),
  userId: z.int(),
  createdAt: z.string(),
  updatedAt: z.string(),
  closedAt: z.string().nullable(),
});
export type Pull = z.output<typeof Pull>;

export const Installation = z.object({
  id: z.int(),
  accountId: z.int(),
  /** By number; null for all that the account owns. */
  repositories: z.array(z.int()).nullable(),
});
export type Installation = z.output<typeof Installation>;

export const State = z.object({
  v: z.literal(1),
  lastId: z.int(),
  oauth: z.object({ clientId: z.string(), clientSecret: z.string() }),
  /** The same application as the GitHub App that it is. */
  app: z.object({
    id: z.int(),
    slug: z.string(),
    privateKey: z.string(),
    publicKey: z.string(),
    /** Where it hears of what becomes of repositories and installations. */
    hook: z.object({ url: z.string(), secret: z.string() }).nullable(),
  }),
  installations: z.array(Installation),
  users: z.array(User),
  tokens: z.array(Token),
  repositories: z.array(Repository),
  hooks: z.array(Hook),
  deliveries: z.array(Delivery),
  /** By `{repository id}/{sha}`, oldest first. */
  statuses: z.record(z.string(), z.array(Status)),
  /** By the number of their repository, oldest first. */
  comments: z.record(z.string(), z.array(CommitComment)).default({}),
  pulls: z.array(Pull),
});
export type State = z.output<typeof State>;
