import * as z from 'zod';
import { Trigger } from '../run/trigger.ts';
import { SecretValue } from '../repository/build-secrets.ts';
import { RepositorySettings } from '../repository/settings.ts';
import { TargetCounts, TestStatus } from '../attempt/result.ts';
import { RunState, VerdictName } from '../run/run.ts';
import { AuditEntry, AuditId } from '../repository/audit.ts';
import { Volume } from '../volume/volume.ts';

/** What goes in and out of the API: the server answers with these shapes, and a client may parse them with the same schemas. */

const Time = z.iso.datetime();

export const RunView = z.object({
  id: z.string(),
  state: RunState,
  verdict: VerdictName.nullable(),
  reason: z.string().nullable(),
  /** Of the reason, for programs: one of those in `docs/verdicts.md`. */
  code: z.string().nullable(),
  /** In full: `refs/heads/main`. */
  ref: z.string(),
  sha: z.string(),
  /** What started it. */
  trigger: Trigger,
  /** Whether results of tests that a cache had counted. */
  cache: z.boolean(),
  /** Who let a fork's commit run; null of every other run, and as long as nobody did. */
  approval: z.object({ by: z.string(), at: Time }).nullable(),
  /** From 1. */
  attempt: z.number().int(),
  waitReason: z.string().nullable(),
  /** The first line of what its author wrote; null where nobody said. */
  commit: z.object({ subject: z.string(), author: z.string().nullable() }).nullable(),
  /** Of its targets; null as long as it goes on, and where nobody knows. */
  counts: TargetCounts.nullable(),
  createdAt: Time,
  startedAt: Time.nullable(),
  finishedAt: Time.nullable(),
  /** Of all attempts, from the start of the first one; null as long as it goes on, and of one that never started. */
  durationMs: z.number().nullable(),
  /** Its page. */
  url: z.string(),
});
export type RunView = z.output<typeof RunView>;

export const RunList = z.object({
  runs: z.array(RunView),
  /** What to ask as `before` for older ones; null where there are none. */
  next: Time.nullable(),
});
export type RunList = z.output<typeof RunList>;

export const TargetView = z.object({
  label: z.string(),
  status: TestStatus,
  attempts: z.number().int(),
  cached: z.boolean(),
  durationMs: z.number().nullable(),
  /** Where the API has what it printed; null where nothing is kept, as of a test that passed. */
  log: z.string().nullable(),
});
export type TargetView = z.output<typeof TargetView>;

export const RunDetails = RunView.extend({
  /** Attempts that did not count, the first one first. */
  pastAttempts: z.array(
    z.object({
      attempt: z.number().int(),
      verdict: VerdictName,
      code: z.string(),
      reason: z.string(),
      finishedAt: Time,
    }),
  ),
  /**
   * Of one that waits: so many of its repository start before it (or more), and in about how long it starts, where that can be said.
   * Null of one that does not wait.
   */
  place: z.object({ before: z.number().int(), orMore: z.boolean(), startsInMs: z.number().nullable() }).nullable(),
  /** By name, as far as they are over or have begun: what the run itself timed. */
  phases: z.record(z.string(), z.object({ startedAt: Time, finishedAt: Time.nullable() })),
  /** What the build ran in, with its digest; null where nobody said it. */
  buildImage: z.string().nullable(),
  targets: z.array(TargetView),
  /** `bytes` and `lines` are of the log so far while it is not in the archive; lines are not counted then: null. */
  log: z.object({ complete: z.boolean(), bytes: z.number(), lines: z.number().nullable() }),
  /**
   * Test targets that the run `since` had and this one has not: how many, and the first 20. With `otherTargets`, that run
   * was asked for others, and nothing was compared. Null where there was nothing to compare.
   */
  disappeared: z
    .object({ since: z.string(), otherTargets: z.boolean(), count: z.number().int(), labels: z.array(z.string()) })
    .nullable(),
});
export type RunDetails = z.output<typeof RunDetails>;

/** A volume of a repository, and how warm it is. */
export const VolumeView = z.object({
  index: z.number().int(),
  state: Volume.shape.state,
  /** How often it was given to a writer: an attempt or a cleaning. */
  epoch: z.number().int(),
  trust: Volume.shape.trust,
  /** The run whose attempt holds it. */
  run: z.string().nullable(),
  warm: z.object({ sha: z.string(), ref: z.string(), finishedAt: Time }).nullable(),
  /** In a row, of those that count against it. */
  failures: z.number().int(),
  /** Why it was put aside, and why it is not clean yet; `nextAt` is the time of the next try. */
  aside: z
    .object({ reason: z.string(), problem: z.string().nullable(), tries: z.number().int(), nextAt: Time })
    .nullable(),
});
export type VolumeView = z.output<typeof VolumeView>;

/** What GitHub calls, and how that goes. */
export const HookView = z.object({
  url: z.string(),
  /** Since when its newest secret is known here. */
  secretAt: Time.nullable(),
  lastPingAt: Time.nullable(),
  lastDeliveryAt: Time.nullable(),
  /** The newest try that did not come through; `statusCode` is 0 where nothing was answered. */
  lastFailure: z.object({ at: Time, statusCode: z.number().int() }).nullable(),
  /** When GitHub was last asked what became of deliveries, and why it could not say. */
  checkedAt: Time.nullable(),
  /** Deliveries that it was asked to make again then. */
  redelivered: z.number().int(),
  /** When it is asked next: within a minute after. */
  nextCheckAt: Time.nullable(),
  problem: z.string().nullable(),
});
export type HookView = z.output<typeof HookView>;

export const RepositoryView = z.object({
  id: z.string(),
  fullName: z.string(),
  defaultBranch: z.string(),
  private: z.boolean(),
  registered: z.boolean(),
  volumes: z.array(VolumeView),
  /** For those with *admin* alone: its address is half a secret. */
  hook: HookView.nullable(),
  credential: z.object({ kind: z.enum(['app', 'token']), addedAt: Time }).nullable(),
  /** Whether this server's GitHub App is installed on it; null to who is no administrator. */
  app: z.object({ installed: z.boolean() }).nullable(),
});
export type RepositoryView = z.output<typeof RepositoryView>;

export const ServerView = z.object({
  name: z.literal('yb'),
  version: z.string(),
  webhook: z.string(),
  dashboard: z.string(),
  /** Where people sign in: GitHub's pages, and the App that asks them. */
  signIn: z.object({ url: z.string(), clientId: z.string() }),
  /** Where its GitHub App is installed on repositories; null if it has no page of its own. */
  install: z.string().nullable(),
});
export type ServerView = z.output<typeof ServerView>;

/** Who asks. */
export const PersonView = z.object({ login: z.string() });
export type PersonView = z.output<typeof PersonView>;

export const ProblemView = z.object({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
});
export type ProblemView = z.output<typeof ProblemView>;

/** Made once by whoever asks: the same again is the same run. */
export const Click = z.string().regex(/^[0-9a-f]{32}$/);

/** Whether results of tests that a cache has count: they do unless this says otherwise. */
const Cache = z.boolean().default(true);

export const StartBody = z.strictObject({ ref: z.string().min(1).max(1024), click: Click.optional(), cache: Cache });
export const RerunBody = z.strictObject({ click: Click.optional(), cache: Cache });
/** Of a request that says all by its address. */
export const NoBody = z.strictObject({});

export const RegistrationBody = z
  .object({
    hook: z
      .object({ secret: z.string().min(16).max(256) })
      .strict()
      .optional(),
    credential: z
      .union([
        // The App's installation.
        z.strictObject({ app: z.literal(true) }),
        z.strictObject({
          // What GitHub's tokens are made of: printable, no spaces.
          token: z.string().regex(/^[\x21-\x7e]{1,512}$/, 'must be a token of GitHub'),
          allowBroad: z.boolean().optional(),
        }),
      ])
      .optional(),
  })
  .strict();
export type RegistrationBody = z.output<typeof RegistrationBody>;

export const SettingsView = z.object({ settings: RepositorySettings });
export type SettingsView = z.output<typeof SettingsView>;

/** Values never come back. */
export const SecretList = z.object({
  secrets: z.array(z.object({ name: z.string(), updatedAt: Time, updatedBy: z.string() })),
});
export type SecretList = z.output<typeof SecretList>;

export const SecretBody = z.object({ value: SecretValue }).strict();

/** How branches stand, for who holds the key that is in the addresses. `?branch=` of others than the default one. */
export const BadgeView = z.object({ badge: z.string(), feed: z.string() });
export type BadgeView = z.output<typeof BadgeView>;

export const AuditQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(30),
  /** Only entries before the one of this id. */
  before: AuditId.optional(),
});

/** Who changed what of a repository, the newest first. */
export const AuditList = z.object({
  entries: z.array(
    AuditEntry.pick({ id: true, by: true, through: true, from: true, deed: true, about: true, result: true }).extend({
      at: Time,
    }),
  ),
});
export type AuditList = z.output<typeof AuditList>;

export const ListQuery = z.strictObject({
  /** Short: `main`. */
  branch: z.string().min(1).max(1024).optional(),
  verdict: VerdictName.optional(),
  /** Of the commit, as a run says it. */
  author: z.string().min(1).max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(30),
  /** Only runs created before. */
  before: z.iso
    .datetime()
    .transform((value) => new Date(value))
    .optional(),
});
