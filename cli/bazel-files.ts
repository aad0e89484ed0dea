/** A file that {@link planBazelFiles} proposes. */
export interface BazelFile {
  readonly path: string;
  readonly content: string;
}

export interface BazelPlan {
  /** Files that mark the root of a workspace; none means that Bazel does not find a workspace. */
  readonly markers: readonly string[];
  /** What is missing for old and new versions of Bazel alike. */
  readonly missing: readonly BazelFile[];
}

/**
 * Says which of MODULE.bazel, WORKSPACE and BUILD.bazel a repository lacks at its root. Bazel before 7 needs WORKSPACE
 * (or WORKSPACE.bazel), Bazel 8 and newer need MODULE.bazel, 7 takes either; BUILD.bazel (or BUILD) makes the root a package.
 */
export function planBazelFiles(options: {
  readonly repositoryName: string;
  /** The names of the files at the root. */
  readonly files: ReadonlySet<string>;
  /** The text of a file at the root, to take the name from that the workspace already has. */
  readonly textOf: (name: string) => string;
}): BazelPlan {
  const { files, textOf } = options;
  const workspace = ['WORKSPACE.bazel', 'WORKSPACE'].find((name) => files.has(name));
  const module = files.has('MODULE.bazel') ? 'MODULE.bazel' : undefined;
  const build = ['BUILD.bazel', 'BUILD'].find((name) => files.has(name));
  const markers = [module, workspace].filter((name) => name !== undefined);

  const known = markers.map((marker) => declaredName(textOf(marker))).find((name) => name !== undefined);
  const name = known ?? workspaceName(options.repositoryName);
  const missing: BazelFile[] = [];
  if (module === undefined) missing.push({ path: 'MODULE.bazel', content: moduleFile(name) });
  if (workspace === undefined) missing.push({ path: 'WORKSPACE', content: workspaceFile(name) });
  if (build === undefined) missing.push({ path: 'BUILD.bazel', content: buildFile });
  return { markers, missing };
}

/** Names of modules that Bazel itself brings: a root module of such a name would take their place. */
const taken = new Set(['bazel_tools', 'local_config_platform', 'platforms', 'main', 'workspace']);

/** A name that every Bazel takes for a workspace and for a module: `[a-z]`, then `[a-z0-9_]`, with no `_` at the end. */
export function workspaceName(repositoryName: string): string {
  const plain = repositoryName
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  if (plain === '') return 'root_workspace';
  return /^[a-z]/.test(plain) && !taken.has(plain) ? plain : `repo_${plain}`;
}

const declaration = /^(?:workspace|module)\(\s*name\s*=\s*["']([a-z](?:[a-z0-9_]*[a-z0-9])?)["']/m;

/** The name that a MODULE.bazel or WORKSPACE gives, if both kinds of files can bear it. */
function declaredName(text: string): string | undefined {
  return declaration.exec(text.slice(0, 100_000))?.[1];
}

function moduleFile(name: string): string {
  return [
    '# The root of the Bazel workspace, for Bazel 7 and newer; older ones read WORKSPACE.',
    '# What other modules this one needs stands here too: https://bazel.build/external/module',
    `module(name = "${name}")`,
    '',
  ].join('\n');
}

function workspaceFile(name: string): string {
  return [
    '# The root of the Bazel workspace, for Bazel before 8; newer ones read MODULE.bazel.',
    `workspace(name = "${name}")`,
    '',
  ].join('\n');
}

const buildFile = [
  '# The package at the root: targets made of files that lie here, or in folders without a BUILD.bazel.',
  '# How to write them: https://bazel.build/concepts/build-files',
  '',
].join('\n');
