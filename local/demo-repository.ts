/**
 * The demo's repository: a handful of shell scripts and their tests, with a test rule of its own, since the rules that
 * Bazel brings would be fetched from the network. Runs offline in Bazel 2.1 and 4.2; has a MODULE.bazel for new ones.
 */
export const demoRepository: Readonly<Record<string, string>> = {
  'README.md': '# hello-bazel\n\nA few scripts and their tests.\n',
  WORKSPACE: `workspace(name = "hello_bazel")

# Bazel before 6 fetches these for every test; nothing here measures coverage.
local_repository(
    name = "remote_coverage_tools",
    path = "tools/coverage",
)
`,
  'MODULE.bazel': 'module(name = "hello_bazel")\n',
  'tools/BUILD.bazel': '',
  'tools/script_test.bzl': `"""A test that is a shell script."""

def _script_test(ctx):
    launcher = ctx.actions.declare_file(ctx.label.name + ".launcher.sh")
    ctx.actions.write(launcher, "#!/bin/sh\\nexec sh %s\\n" % ctx.file.src.short_path, is_executable = True)
    runfiles = ctx.runfiles(files = [ctx.file.src] + ctx.files.data)
    return [DefaultInfo(executable = launcher, runfiles = runfiles)]

script_test = rule(
    implementation = _script_test,
    test = True,
    attrs = {
        "src": attr.label(allow_single_file = True, mandatory = True),
        "data": attr.label_list(allow_files = True),
    },
)
`,
  'tools/coverage/WORKSPACE': 'workspace(name = "remote_coverage_tools")\n',
  'tools/coverage/BUILD.bazel': `package(default_visibility = ["//visibility:public"])

filegroup(name = "coverage_report_generator")

filegroup(name = "lcov_merger")
`,
  'greet/BUILD.bazel': `load("//tools:script_test.bzl", "script_test")

script_test(
    name = "greet_test",
    size = "small",
    src = "greet_test.sh",
    data = ["greet.sh"],
)
`,
  'greet/greet.sh': '#!/bin/sh\necho "Hello, ${1:-world}!"\n',
  'greet/greet_test.sh': `set -eu
expected="Hello, Ada!"
actual=$(sh greet/greet.sh Ada)
if [ "$actual" != "$expected" ]; then
  echo "FAIL: expected '$expected', got '$actual'"
  exit 1
fi
echo "greets people by name"
`,
  'math/BUILD.bazel': `load("//tools:script_test.bzl", "script_test")

[
    script_test(
        name = name,
        size = "small",
        src = name + ".sh",
        data = ["sum.sh"],
    )
    for name in [
        "sum_test",
        "negative_test",
    ]
]
`,
  'math/sum.sh': '#!/bin/sh\ntotal=0\nfor n in "$@"; do total=$((total + n)); done\necho "$total"\n',
  'math/sum_test.sh': 'set -eu\n[ "$(sh math/sum.sh 1 2 3)" = 6 ]\n[ "$(sh math/sum.sh)" = 0 ]\necho "sums add up"\n',
  'math/negative_test.sh': 'set -eu\n[ "$(sh math/sum.sh 5 -7)" = -2 ]\necho "negative numbers too"\n',
  'slow/BUILD.bazel': `load("//tools:script_test.bzl", "script_test")

script_test(
    name = "slow_test",
    size = "small",
    src = "slow_test.sh",
)
`,
  'slow/slow_test.sh': `set -eu
for step in 1 2 3 4 5 6; do
  echo "step $step of 6"
  sleep 1
done
`,
};

/** The change that the demo's last push makes: greetings lose their exclamation mark, and the test notices. */
export const breakingChange: Readonly<Record<string, string>> = {
  'greet/greet.sh': '#!/bin/sh\necho "Hello, ${1:-world}."\n',
};

/** The test that the breaking change breaks. */
export const brokenTest = '//greet:greet_test';

/** The change that starts the demo's first run. */
export const harmlessChange: Readonly<Record<string, string>> = {
  'README.md': '# hello-bazel\n\nA few scripts and their tests. Every push is tested.\n',
};
