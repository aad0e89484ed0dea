/**
 * A repository in four languages: C++, Python, Java by the machine's own compiler, and shell. Offline in Bazel before 8: what
 * these would fetch for every test lies in `third_party/`, as the native rules under the names of the fetched ones.
 */
export const polyglotRepository: Readonly<Record<string, string>> = {
  WORKSPACE: `workspace(name = "polyglot")

[
    local_repository(
        name = name,
        path = "third_party/" + name,
    )
    for name in [
        "remote_coverage_tools",
        "rules_cc",
        "rules_java",
        "rules_proto",
    ]
]
`,
  // The folders of third_party are repositories of their own, no packages of this one.
  '.bazelignore': 'third_party\n',
  'third_party/remote_coverage_tools/WORKSPACE': '',
  'third_party/remote_coverage_tools/BUILD': `package(default_visibility = ["//visibility:public"])

filegroup(name = "coverage_report_generator")

filegroup(name = "lcov_merger")
`,
  ...nativeRules('rules_cc', 'cc', ['cc_library', 'cc_test', 'cc_binary', 'cc_toolchain', 'cc_toolchain_suite']),
  ...nativeRules('rules_java', 'java', ['java_library', 'java_import', 'java_runtime', 'java_toolchain']),
  ...nativeRules('rules_proto', 'proto', ['proto_library', 'proto_lang_toolchain']),

  'cpp/BUILD': `cc_library(
    name = "sum",
    srcs = ["sum.cc"],
    hdrs = ["sum.h"],
)

cc_test(
    name = "sum_test",
    size = "small",
    srcs = ["sum_test.cc"],
    deps = [":sum"],
)
`,
  'cpp/sum.h': '#pragma once\nint sum(int left, int right);\n',
  'cpp/sum.cc': '#include "cpp/sum.h"\n\nint sum(int left, int right) { return left + right; }\n',
  'cpp/sum_test.cc': '#include "cpp/sum.h"\n\nint main() { return sum(2, 3) == 5 ? 0 : 1; }\n',

  'python/BUILD': `py_library(
    name = "slug",
    srcs = ["slug.py"],
)

py_test(
    name = "slug_test",
    size = "small",
    srcs = ["slug_test.py"],
    deps = [":slug"],
)
`,
  'python/slug.py': 'def slug(words):\n    return "-".join(words.lower().split())\n',
  'python/slug_test.py': `import unittest

from python.slug import slug


class SlugTest(unittest.TestCase):
    def test_joins_words(self):
        self.assertEqual(slug("Hello Big World"), "hello-big-world")


if __name__ == "__main__":
    unittest.main()
`,

  'java/BUILD': `genrule(
    name = "greeting",
    srcs = ["Greeting.java"],
    outs = ["greeting.jar"],
    cmd = "mkdir $(@D)/classes && javac -d $(@D)/classes $< && jar --create --file $@ -C $(@D)/classes .",
)

sh_test(
    name = "greeting_test",
    size = "small",
    srcs = ["greeting_test.sh"],
    data = [":greeting"],
)
`,
  'java/Greeting.java': `class Greeting {
  public static void main(String[] names) {
    System.out.println("Hello, " + names[0] + "!");
  }
}
`,
  'java/greeting_test.sh': '#!/bin/sh\n[ "$(java -cp java/greeting.jar Greeting Ada)" = "Hello, Ada!" ]\n',

  'shell/BUILD': `sh_library(
    name = "count",
    srcs = ["count.sh"],
)

sh_test(
    name = "count_test",
    size = "small",
    srcs = ["count_test.sh"],
    deps = [":count"],
)
`,
  'shell/count.sh': 'count_lines() { wc -l | tr -d " "; }\n',
  'shell/count_test.sh': '#!/bin/sh\n. shell/count.sh\n[ "$(printf "a\\nb\\n" | count_lines)" = 2 ]\n',
};

function nativeRules(repository: string, folder: string, rules: readonly string[]): Record<string, string> {
  return {
    [`third_party/${repository}/WORKSPACE`]: `workspace(name = "${repository}")\n`,
    [`third_party/${repository}/BUILD`]: '',
    [`third_party/${repository}/${folder}/BUILD`]: '',
    [`third_party/${repository}/${folder}/defs.bzl`]: [
      `"""The native rules under the names of ${repository}."""`,
      '',
      ...rules.map((rule) => `${rule} = native.${rule}`),
      ...(repository === 'rules_proto' ? ['ProtoInfo = 0'] : []),
      '',
    ].join('\n'),
  };
}
