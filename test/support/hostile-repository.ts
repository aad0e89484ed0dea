import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Author } from '../../local/author.ts';
import { bazelWorkspace } from './bazel-repository.ts';

const scripts = fileURLToPath(new URL('../e2e/hostile', import.meta.url));

/** What the author of a hostile commit had to find out about the system under attack. */
export interface Targets {
  readonly api: readonly string[];
  readonly kubelet: string;
  readonly namespace: string;
  readonly git: string;
  readonly storage: string;
  readonly bucket: string;
  readonly shmMegabytes: number;
}

/** The clone of whoever attacks: a workspace whose tests are the scripts of `test/e2e/hostile`. */
export interface HostileClone {
  /** Commits these tests, in place of those before, and pushes. A test with a `!` runs alone, after the others. */
  push(tests: Readonly<Record<string, string>>, subject: string): Promise<string>;
  /** What git has of a commit, as `listing.py` writes it. */
  listing(sha: string): string[];
}

export async function createHostileClone(author: Author, targets: Targets): Promise<HostileClone> {
  const clone = (await author.git('rev-parse', '--show-toplevel')).trim();
  const put = (name: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(clone, name)), { recursive: true });
    writeFileSync(join(clone, name), text);
    chmodSync(join(clone, name), mode);
  };
  for (const [name, text] of Object.entries(bazelWorkspace({}))) if (typeof text === 'string') put(name, text);
  for (const name of ['probe', 'plant', 'listing', 'lure', 'forge', 'fill']) {
    put(`hostile/${name}.py`, readFileSync(join(scripts, `${name}.py`), 'utf8'));
  }
  put('hostile/targets.json', JSON.stringify(targets));
  put('.yb.yaml', 'targets: ["//hostile/..."]\nflakyAttempts: 1\n');
  // Bazel runs each test by it, and hands on what it should not have.
  put(
    'hostile/under.sh',
    '#!/bin/sh\necho "probe run under = ${YB_SPEC:-}${YB_SECRET_DIR:-}${GITHUB_TOKEN:-}"\nexec "$@"\n',
    0o755,
  );
  put(
    '.bazelrc',
    [
      'test --run_under=/vol/src/hostile/under.sh --test_env=YB_SPEC --test_env=YB_SECRET_DIR --test_env=GITHUB_TOKEN',
      'test --workspace_status_command=/vol/src/hostile/hook.sh --build_event_json_file=/vol/events --disk_cache=/vol/other',
      'try-import /run/secrets/yb/upload.json',
      'try-import /vol/../trusted/epoch',
      '',
    ].join('\n'),
  );
  // git is to run it, by whatever it reads of a commit.
  put('hostile/hook.sh', '#!/bin/sh\nenv >/vol/evil-hook\ntouch "$0.evil"\n', 0o755);
  for (const hook of ['post-checkout', 'post-index-change', 'reference-transaction']) {
    put(`hooks/${hook}`, '#!/bin/sh\nexec sh hostile/hook.sh\n', 0o755);
  }
  put('.gitconfig', '[core]\n\thooksPath = hooks\n\tfsmonitor = hostile/hook.sh\n');
  put('.gitattributes', '* filter=evil\n*.bin filter=lfs\n');
  put('.gitmodules', '[submodule "sub"]\n\tpath = sub\n\turl = ext::sh -c "touch /vol/evil-submodule"\n');
  put('.lfsconfig', '[lfs]\n\turl = http://127.0.0.1:1/\n');
  put('--upload-pack=touch evil', '');
  put('-rf', '');
  put('new\nline', 'one\n');
  for (const name of ['one', 'two', 'three']) put(`data/${name}.txt`, `${name}\n`);
  put('linked/file.txt', 'linked\n');
  symlinkSync('../../../trusted/epoch', join(clone, 'hostile/committed-epoch'));
  symlinkSync('/run/secrets/yb/token', join(clone, 'hostile/committed-token'));
  symlinkSync('../../../volume/trusted', join(clone, 'hostile/committed-folder'));

  return {
    async push(tests, subject) {
      const targetsOf = Object.entries(tests).map(([name, command]) => {
        const tags = name.endsWith('!') ? 'tags = ["exclusive"], ' : '';
        const script = `exec python3 /vol/src/hostile/${command}`;
        return `script_test(name = "${name.replace('!', '')}", ${tags}script = ${JSON.stringify(script)})\n`;
      });
      const build = `load("//tools:script_test.bzl", "script_test")\n\n${targetsOf.join('\n')}`;
      return await author.push({ 'hostile/BUILD': build }, subject);
    },
    listing(sha) {
      const listed = execFileSync('git', ['ls-tree', '-r', '-z', sha], { cwd: clone, encoding: 'latin1' });
      return listed
        .split('\0')
        .filter(Boolean)
        .map((line) => {
          const [, mode = '', blob = '', name = ''] = /^(\d+) blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
          return `tree ${mode} ${blob} ${Buffer.from(name, 'latin1').toString('hex')}`;
        });
    },
  };
}
