import * as z from 'zod';
import { Quantity, quantityOf } from '../quantity.ts';

/** The name of an image as a registry knows it: host, path, tag or digest. No scheme, no spaces, no option. */
const Image = z
  .string()
  .max(512)
  .regex(
    /^[a-z0-9][a-z0-9._-]*(?::[0-9]{1,5}(?=\/))?(?:\/[a-z0-9][a-z0-9._-]*)*(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/,
    'must be the name of an image, such as ghcr.io/me/build:1',
  );

/** What a repository's owner decides about its runs; what is left out is the installation's. */
export const RepositorySettings = z.strictObject({
  buildImage: Image.optional(),
  cpu: Quantity.optional(),
  memory: Quantity.optional(),
  deadlineSeconds: z.int().min(10).max(86_400).optional(),
});
export type RepositorySettings = z.output<typeof RepositorySettings>;

/** A change of settings: what is null goes back to the installation's. */
export const SettingsChange = z.strictObject({
  buildImage: Image.nullable().optional(),
  cpu: Quantity.nullable().optional(),
  memory: Quantity.nullable().optional(),
  deadlineSeconds: z.int().min(10).max(86_400).nullable().optional(),
});
export type SettingsChange = z.output<typeof SettingsChange>;

export function withChange(settings: RepositorySettings, change: SettingsChange): RepositorySettings {
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
}

/** Why settings go beyond what the installation gives, with what to do; null if they do not. */
export function settingsProblem(settings: RepositorySettings, limits: SettingsLimits): string | null {
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
    deadlineSeconds: own.deadlineSeconds ?? installation.deadlineSeconds,
    resources: {
      ...installation.resources,
      cpu: own.cpu ?? installation.resources.cpu,
      memory: own.memory ?? installation.resources.memory,
    },
  };
}
