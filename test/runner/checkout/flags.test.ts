import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flagProblem } from '../../../runner/checkout/flags.ts';
import { VariableName } from '../../../shared/repository/build-secrets.ts';

const buildScript = readFileSync(new URL('../../../runner/build.sh', import.meta.url), 'utf8');

describe('flags of a commit', () => {
  it.each([
    '--announce_rc',
    '--nokeep_going',
    '--keep_going=false',
    '--config=ci',
    '--test_env=API_TOKEN',
    '--test_tag_filters=-manual,-slow',
    '--test_arg=--output_base=/not/an/option',
    '--runs_per_test=3',
    '--platforms=//platforms:arm',
    '--incompatible_strict_action_env',
    '--noincompatible_x=1',
    '--//flags:mode=fast',
    '--no//flags:on',
    '--@rules_x//flag:y',
    '--@@rules_x~1.0//flag:y=z',
    '--@//flag:y',
  ])('may be %s', (flag) => {
    expect(flagProblem(flag)).toBeNull();
  });

  it.each([
    // How the run is watched.
    '--build_event_json_file=/x',
    '--build_event_binary_file=/x',
    '--build_event_text_file=/x',
    '--bes_backend=grpc://x',
    '--profile=/x',
    '--curses=yes',
    '--color=no',
    '--symlink_prefix=x',
    '--experimental_convenience_symlinks=normal',
    '--workspace_status_command=/x',
    '--output_filter=x',
    '--ui_event_filters=-error',
    // Where it reads and writes.
    '--output_base=/x',
    '--output_user_root=/x',
    '--sandbox_base=/x',
    '--sandbox_add_mount_pair=/x',
    '--sandbox_writable_path=/x',
    '--disk_cache=/x',
    '--repository_cache=/x',
    '--distdir=/x',
    '--override_repository=x=/x',
    '--package_path=/x',
    '--target_pattern_file=/x',
    '--test_tmpdir=/x',
    '--run_under=/x',
    '--execution_log_json_file=/x',
    '--embed_label=x',
    // What it reaches.
    '--remote_cache=grpc://x',
    '--remote_executor=grpc://x',
    '--remote_header=a=b',
    '--google_default_credentials',
    '--google_credentials=/x',
    '--credential_helper=/x',
    '--registry=https://x',
    '--experimental_remote_downloader=x',
    // Startup options and other rc files.
    '--bazelrc=/x',
    '--nohome_rc',
    '--noworkspace_rc',
    '--host_jvm_args=-Xmx1g',
    '--batch',
    '--max_idle_secs=1',
    // What is said otherwise.
    '--flaky_test_attempts=9',
    '--check_tests_up_to_date',
    '--nobuild',
    // What is no flag at all.
    '--',
    '-c',
    '--Config=x',
    '--con-fig=x',
    '--config =x',
    ' --config=x',
    '--no_keep_going',
    '--noconfig',
    '--nonokeep_going',
    '--keep_going//x',
    '--output_base//x=y',
    '//target',
  ])('may not be %s', (flag) => {
    expect(flagProblem(flag)).not.toBeNull();
  });

  it('take no word behind them for their value', () => {
    // The words behind them are ours.
    const name = fc.constantFrom('config', 'test_arg', 'test_env', 'copt', 'jobs', 'define', 'strategy', 'test_output');
    fc.assert(
      fc.property(name, (text) => {
        expect(flagProblem(`--${text}`)).toContain('needs a value');
        expect(flagProblem(`--${text}=x`)).toBeNull();
      }),
    );
  });
});

describe('variables of a commit and of an owner', () => {
  it('are none of the build script’s own', () => {
    const assigned = buildScript.matchAll(/(?:^|[^\w$"'%./{}-])([a-z_][a-z0-9_]*)=|\bfor (\w+) in|\bread -r (\w+)/gm);
    const names = new Set([...assigned].flatMap(([, ...found]) => found.filter((name) => name !== undefined)));
    for (const name of ['vol', 'run', 'secrets', 'line', 'value']) expect(names).toContain(name);
    for (const name of names) expect(VariableName.safeParse(name).success, name).toBe(false);
  });

  it.each(['GREETING', 'http_proxy', 'NO_PROXY', 'npm_config_CACHE', '_X', 'JAVA_HOME', 'PATHS'])(
    'may be %s',
    (name) => {
      expect(VariableName.safeParse(name).success).toBe(true);
    },
  );

  it.each([
    'PATH',
    'LD_PRELOAD',
    'YB_RUN_DIR',
    'BASH_ENV',
    'BASHOPTS',
    'PPID',
    'UID',
    'IFS',
    '__',
    'x',
    'A-B',
    'A=B',
    '',
  ])('may not be %j', (name) => {
    expect(VariableName.safeParse(name).success).toBe(false);
  });
});
