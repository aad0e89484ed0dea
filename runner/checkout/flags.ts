/*
 * Flags of `bazel test` that a commit may set by itself. The repository's own `.bazelrc` can set any; what is kept out
 * here is what would break how a run is watched (event file, profile, output base), what reaches beyond it (caches,
 * remote execution, other rc files), or is better said otherwise (targets, attempts).
 */

/** `--name`, `--noname` or `--name=value`. */
const switches = [
  'announce_rc',
  'build_manual_tests',
  'build_tests_only',
  'cache_test_results',
  'check_visibility',
  'collect_code_coverage',
  'enable_bzlmod',
  'enable_workspace',
  'keep_going',
  'process_headers_in_dependencies',
  'run_validations',
  'sandbox_default_allow_network',
  'show_timestamps',
  'stamp',
  'test_keep_going',
  'test_verbose_timeout_warnings',
  'trim_test_configuration',
  'verbose_failures',
  'zip_undeclared_test_outputs',
];

/** `--name=value`. Without it, Bazel would take the next word of its command line, one of ours perhaps, for the value. */
const settings = [
  'action_env',
  'build_tag_filters',
  'combined_report',
  'compilation_mode',
  'config',
  'conlyopt',
  'copt',
  'cpu',
  'cxxopt',
  'define',
  'dynamic_mode',
  'extra_execution_platforms',
  'extra_toolchains',
  'features',
  'fission',
  'host_compilation_mode',
  'host_copt',
  'host_cxxopt',
  'host_features',
  'host_linkopt',
  'host_platform',
  'instrumentation_filter',
  'java_language_version',
  'java_runtime_version',
  'javacopt',
  'jobs',
  'jvmopt',
  'linkopt',
  'local_cpu_resources',
  'local_ram_resources',
  'local_resources',
  'local_test_jobs',
  'lockfile_mode',
  'modify_execution_info',
  'output_groups',
  'per_file_copt',
  'platforms',
  'runs_per_test',
  'show_result',
  'spawn_strategy',
  'strategy',
  'strategy_regexp',
  'strip',
  'test_arg',
  'test_env',
  'test_filter',
  'test_lang_filters',
  'test_output',
  'test_sharding_strategy',
  'test_size_filters',
  'test_strategy',
  'test_summary',
  'test_tag_filters',
  'test_timeout',
  'test_timeout_filters',
  'tool_java_language_version',
  'tool_java_runtime_version',
  'toolchain_resolution_debug',
];

const alternatives = [
  `(?:no)?(?:${switches.join('|')})`,
  `(?:${switches.join('|')}|${settings.join('|')})=.*`,
  // Bazel takes incompatible changes by this prefix, and they come and go with its versions.
  '(?:no)?incompatible_[a-z0-9_]+(?:=.*)?',
  // A setting that a repository defines for itself: `--//flags:name=value`, `--@repo//flags:name`.
  String.raw`(?:no)?(?:@{1,2}[A-Za-z0-9._~+\-]*)?\/\/[^\s=]*(?:=.*)?`,
];

/** Every flag that a commit may set. */
export const flagPattern = new RegExp(`^--(?:${alternatives.join('|')})$`, 'u');

/** Why a commit may not set a flag; null if it may. */
export function flagProblem(flag: string): string | null {
  if (flagPattern.test(flag)) return null;
  const [, name, value] = /^--([a-z][a-z0-9_]*)(=.*)?$/s.exec(flag) ?? [];
  if (name === undefined) return 'must be written as --name or --name=value';
  if (value === undefined && settings.includes(name)) return `--${name} needs a value: --${name}=…`;
  return `--${name} cannot be set here`;
}
