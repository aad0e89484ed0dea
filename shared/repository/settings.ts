import * as z from 'zod';
import { RepoId } from '../ids.ts';
import { Quantity, quantityOf } from '../quantity.ts';
import { SupersedeRule } from '../queue/supersede.ts';
import { Image, imageProblem } from './image.ts';

const maxSubmodules = 20;
/** Each is a disk, and one run at a time. */
const mostVolumes = 16;
const FullName = z.string().regex(/^[\w-]{1,100}\/[\w.-]{1,100}$/, 'must be OWNER/NAME');
/** Another repository of the same account that checkout may read with this one's credential: its owner said so. */
const Submodule = z.object({ id: RepoId, fullName: FullName });

const TellBroken = z.enum(['comment', 'nothing']);

/** Who sees the runs: whoever may read the repository at GitHub, or, of a public one, everybody, signed in or not. */
const ShownTo = z.enum(['readers', 'everybody']);

/** Whether a fork's pull request may be tested once somebody with write access allows its commit. */
const ForkRule = z.enum(['ask', 'never']);

/** What a repository's owner decides about its runs; what is left out is the installation's. */
export const RepositorySettings = z.strictObject({
  buildImage: Image.optional(),
  cpu: Quantity.optional(),
  memory: Quantity.optional(),
  deadlineSeconds: z.int().min(10).max(86_400).optional(),
  submodules: z.array(Submodule).max(maxSubmodules).optional(),
  supersede: SupersedeRule.optional(),
  /** Whether a commit's `[skip ci]` is heeded; it is unless this says otherwise. */
  skipCi: z.boolean().optional(),
  /** How the author of the commit with which the default branch breaks is told; by a comment unless this says otherwise. */
  tellBroken: TellBroken.optional(),
  /** It is its readers unless this says otherwise. */
  shownTo: ShownTo.optional(),
  /** Somebody is asked unless this says otherwise. */
  forks: ForkRule.optional(),
  volumes: z.int().min(1).max(mostVolumes).optional(),
});
export type RepositorySettings = z.output<typeof RepositorySettings>;

/** A change of settings, as its owner says it: what is null goes back to the installation's. */
export const SettingsChange = z.strictObject({
  buildImage: Image.nullable().optional(),
  cpu: Quantity.nullable().optional(),
  memory: Quantity.nullable().optional(),
  deadlineSeconds: z.int().min(10).max(86_400).nullable().optional(),
  /** By name. */
  submodules: z.array(FullName).max(maxSubmodules).nullable().optional(),
  supersede: SupersedeRule.nullable().optional(),
  skipCi: z.boolean().nullable().optional(),
  tellBroken: TellBroken.nullable().optional(),
  shownTo: ShownTo.nullable().optional(),
  forks: ForkRule.nullable().optional(),
  volumes: z.int().min(1).max(mostVolumes).nullable().optional(),
});
export type SettingsChange = z.output<typeof SettingsChange>;

/** The same after GitHub was asked which repositories are meant. */
export type KnownChange = Omit<SettingsChange, 'submodules'> & {
  readonly submodules?: RepositorySettings['submodules'] | null;
};

export function withChange(settings: RepositorySettings, change: KnownChange): RepositorySettings {
  const merged = Object.entries({ ...settings, ...change }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return RepositorySettings.parse(Object.fromEntries(merged));
}

/** What an installation lets a repository have at most. */
export interface SettingsLimits {
  readonly cpu: string;
  readonly memory: string;
  readonly deadlineSeconds: number;
  /** From which build images may come; null for any, of this machine too. */
  readonly registries: readonly string[] | null;
}

/** Less than this starts no Bazel: `8` is eight bytes, and `8Gi` was meant. */
const least = { cpu: '100m', memory: '256Mi' } as const;

/** Why settings are not what the installation gives, with what to do; null if they are. */
export function settingsProblem(settings: RepositorySettings, limits: SettingsLimits): string | null {
  const below = (value: string | undefined, limit: string): boolean =>
    value !== undefined && (quantityOf(value) ?? 0) < (quantityOf(limit) ?? 0);
  if (below(settings.cpu, least.cpu)) return `cpu must be ${least.cpu} at least: 2 is two processors`;
  if (below(settings.memory, least.memory)) {
    return `memory must be ${least.memory} at least: write 8Gi, as ${settings.memory ?? ''} alone counts bytes`;
  }
  const image = settings.buildImage === undefined ? null : imageProblem(settings.buildImage, limits.registries);
  if (image !== null) return `buildImage: ${image}`;
  const above = (value: string | undefined, limit: string): boolean =>
    value !== undefined && (quantityOf(value) ?? Infinity) > (quantityOf(limit) ?? 0);
  if (above(settings.cpu, limits.cpu)) return `cpu may be ${limits.cpu} at most here`;
  if (above(settings.memory, limits.memory)) return `memory may be ${limits.memory} at most here`;
  if ((settings.deadlineSeconds ?? 0) > limits.deadlineSeconds) {
    return `deadlineSeconds may be ${limits.deadlineSeconds} at most here`;
  }
  return null;
}

interface JobDefaults {
  readonly buildImage: string;
  readonly pullsBuildImage?: boolean;
  readonly deadlineSeconds: number;
  readonly resources: { readonly cpu: string; readonly memory: string; readonly ephemeralStorage?: string };
}

/** The settings of one repository's Jobs: its owner's where there are some, else the installation's. */
export function jobSettingsFor<Settings extends JobDefaults>(
  installation: Settings,
  own: RepositorySettings,
): Settings {
  return {
    ...installation,
    buildImage: own.buildImage ?? installation.buildImage,
    // What an owner names is pulled afresh: a node may have an image of the same name from elsewhere, or an older one.
    ...(own.buildImage === undefined ? {} : { pullsBuildImage: true }),
    deadlineSeconds: own.deadlineSeconds ?? installation.deadlineSeconds,
    resources: {
      ...installation.resources,
      cpu: own.cpu ?? installation.resources.cpu,
      memory: own.memory ?? installation.resources.memory,
    },
  };
}
