import { resolve } from 'node:path';
import * as z from 'zod';
import { type Environment, readSettings } from '../shared/config.ts';
import { YbError } from '../shared/errors.ts';
import type { ClusterOptions } from './cluster/cluster.ts';
import { requirePrerequisites } from './prerequisites.ts';

/** Where the local system's builds run: as processes with this program as Bazel, or in the Pods of a cluster. */
export type Builds = { readonly bazel: string } | { readonly cluster: ClusterOptions };

const text = z.string().min(1);

const clusterVariables = z.object({
  KUBECONFIG: text,
  /** The address of this machine that Pods reach. With it, Jobs run in the cluster of KUBECONFIG. */
  YB_JOB_HOST: z.union([z.ipv4(), z.ipv6()]),
  YB_RUNNER_IMAGE: text,
  YB_BUILD_IMAGE: text,
  YB_STORAGE_CLASS: text.optional(),
});

/** @throws YbError `bad-settings` that names what is missing, with the line that installs it */
export async function findBuilds(variables: Environment): Promise<Builds> {
  const wantsCluster = (variables['YB_JOB_HOST'] ?? '') !== '';
  const { bazel } = await requirePrerequisites(variables, { bazel: !wantsCluster });
  if (wantsCluster) return { cluster: clusterOf(variables) };
  if (bazel === null) throw new YbError('internal', 'no Bazel was found and nobody said so');
  return { bazel };
}

function clusterOf(variables: Environment): ClusterOptions {
  const settings = readSettings(clusterVariables, variables);
  return {
    kubeconfigFile: resolve(variables['INIT_CWD'] ?? '.', settings.KUBECONFIG),
    jobHost: settings.YB_JOB_HOST,
    runnerImage: settings.YB_RUNNER_IMAGE,
    buildImage: settings.YB_BUILD_IMAGE,
    ...(settings.YB_STORAGE_CLASS === undefined ? {} : { storageClass: settings.YB_STORAGE_CLASS }),
  };
}
