/**
 * Flags of `bazel test` that a commit may set by itself. The repository's own `.bazelrc` can set any; what is kept out
 * here is what would break how a run is watched (event file, profile, output base) or is better said otherwise
 * (targets, attempts).
 */
const allowed = new Set([
  'action_env',
  'announce_rc',
  'build_manual_tests',
  'build_tag_filters',
  'build_tests_only',
  'cache_test_results',
  'check_visibility',
  'collect_code_coverage',
  'combined_report',
  'compilation_mode',
  'config',
  'conlyopt',
  'copt',
  'cpu',
  'cxxopt',
  'define',
  'dynamic_mode',
  'enable_bzlmod',
  'enable_workspace',
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
  'keep_going',
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
  'process_headers_in_dependencies',
  'run_validations',
  'runs_per_test',
  'sandbox_default_allow_network',
  'show_result',
  'show_timestamps',
  'spawn_strategy',
  'stamp',
  'strategy',
  'strategy_regexp',
  'strip',
  'test_arg',
  'test_env',
  'test_filter',
  'test_keep_going',
  'test_lang_filters',
  'test_output',
  'test_sharding_strategy',
  'test_size_filters',
  'test_strategy',
  'test_summary',
  'test_tag_filters',
  'test_timeout',
  'test_timeout_filters',
  'test_verbose_timeout_warnings',
  'tool_java_language_version',
  'tool_java_runtime_version',
  'toolchain_resolution_debug',
  'trim_test_configuration',
  'verbose_failures',
  'zip_undeclared_test_outputs',
]);

/** A setting that a repository defines for itself: `--//flags:name=value`, `--@repo//flags:name`. */
const ownSetting = /^--(?:no)?@{0,2}[A-Za-z0-9._~+-]*\/\/[^\s=]*(?:=.*)?$/;

/** Why a commit may not set a flag; null if it may. */
export function flagProblem(flag: string): string | null {
  if (ownSetting.test(flag)) return null;
  const name = /^--([a-z][a-z0-9_]*)(?:=.*)?$/s.exec(flag)?.[1];
  if (name === undefined) return 'must be written as --name or --name=value';
  const switched = name.startsWith('no') ? name.slice(2) : name;
  // Bazel takes incompatible changes by this prefix, and they come and go with its versions.
  if (/^incompatible_[a-z0-9_]+$/.test(switched)) return null;
  return allowed.has(name) || allowed.has(switched) ? null : `--${name} cannot be set here`;
}
