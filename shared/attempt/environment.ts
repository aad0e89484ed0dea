import * as z from 'zod';

/**
 * The variables of an attempt's containers: whoever makes a Job writes them by these types, and the programs in it read
 * them with these schemas. Folders are parameters, so that the same programs run where a Pod's fixed paths cannot be.
 */

const text = z.string().min(1);
/** Where git and flock are looked for. */
const searchPath = text.default('/usr/local/bin:/usr/bin:/bin');
const common = {
  /** The container's last words. */
  YB_TERMINATION_FILE: text.default('/dev/termination-log'),
};
/** What the three containers of a run share, and what each may read of the attempt's Secret. */
const ofRun = { ...common, YB_RUN_DIR: text, YB_SECRET_DIR: text };

export const checkoutVariables = z.object({
  ...ofRun,
  YB_SPEC: text,
  /** The whole volume. */
  YB_VOLUME_DIR: text,
  PATH: searchPath,
});

export const courierVariables = z.object({
  ...ofRun,
  YB_SPEC: text,
  /** The courier's own folder, kept when its container is started again. */
  YB_STATE_DIR: text.optional(),
});

export const cleaningVariables = z.object({ ...common, YB_SPEC: text, YB_VOLUME_DIR: text, PATH: searchPath });

/** What every container has besides, where it has it. */
interface Surroundings {
  readonly YB_TERMINATION_FILE: string;
  readonly TMPDIR?: string;
}

/** A container's variables as whoever makes the Job writes them; the PATH is the image's own. */
type Written<Read extends z.ZodType> = Omit<z.input<Read>, 'PATH'> & Surroundings;
export type CheckoutVariables = Written<typeof checkoutVariables>;
export type CourierVariables = Written<typeof courierVariables>;
export type CleaningVariables = Written<typeof cleaningVariables>;

/** Of the build script, a shell's: no schema reads them. */
export interface BuildVariables extends Surroundings {
  /** The build's own part of the volume. */
  readonly YB_BUILD_DIR: string;
  readonly YB_RUN_DIR: string;
  readonly YB_SHM_DIR: string;
  /** Left out where the run is given no secrets. */
  readonly YB_SECRET_DIR?: string;
}

export type ContainerVariables = CheckoutVariables | CourierVariables | CleaningVariables | BuildVariables;
