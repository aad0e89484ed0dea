import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Content } from './git-repository.ts';

const npmBazel = fileURLToPath(
  new URL('../../node_modules/@bazel/bazel-linux_x64/bazel-2.1.0-linux-x86_64', import.meta.url),
);

/** A real Bazel that works without a network, where this machine has one; null elsewhere. */
export function realBazel(): string | null {
  return existsSync(npmBazel) ? npmBazel : null;
}

/** A workspace with one test target a script, in `//app`: `true` and `exit 1` are scripts. Old and new Bazels take it. */
export function bazelWorkspace(tests: Readonly<Record<string, string>>): Record<string, Content> {
  const targets = Object.entries(tests).map(
    ([name, script]) => `script_test(name = ${JSON.stringify(name)}, script = ${JSON.stringify(script)})\n`,
  );
  return {
    'MODULE.bazel': 'module(name = "app")\n',
    // Old Bazels would fetch these from the network for any test.
    WORKSPACE: 'workspace(name = "app")\nlocal_repository(name = "remote_coverage_tools", path = "tools/coverage")\n',
    'tools/coverage/WORKSPACE': '',
    'tools/coverage/BUILD': ['coverage_report_generator', 'lcov_merger']
      .map((name) => `filegroup(name = "${name}", srcs = [], visibility = ["//visibility:public"])\n`)
      .join(''),
    'tools/BUILD': '',
    'tools/script_test.bzl': `
def _script_test(ctx):
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(script, "#!/bin/sh\\n" + ctx.attr.script + "\\n", is_executable = True)
    return [DefaultInfo(executable = script)]

script_test = rule(implementation = _script_test, test = True, attrs = {"script": attr.string()})
`,
    'app/BUILD': `load("//tools:script_test.bzl", "script_test")\n\n${targets.join('\n')}`,
  };
}
