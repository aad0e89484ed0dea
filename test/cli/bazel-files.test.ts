import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { planBazelFiles, workspaceName } from '../../cli/bazel-files.ts';
import { environment } from '../../shared/config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function plan(files: Readonly<Record<string, string>>, repositoryName = 'My.Project') {
  return planBazelFiles({
    repositoryName,
    files: new Set(Object.keys(files)),
    textOf: (name) => files[name] ?? '',
  });
}

const pathsOf = (files: Readonly<Record<string, string>>) => plan(files).missing.map(({ path }) => path);

describe('the Bazel files of a repository', () => {
  it.each([
    [[], [], ['MODULE.bazel', 'WORKSPACE', 'BUILD.bazel']],
    [['README.md'], [], ['MODULE.bazel', 'WORKSPACE', 'BUILD.bazel']],
    [['BUILD'], [], ['MODULE.bazel', 'WORKSPACE']],
    [['WORKSPACE'], ['WORKSPACE'], ['MODULE.bazel', 'BUILD.bazel']],
    [['WORKSPACE.bazel', 'BUILD'], ['WORKSPACE.bazel'], ['MODULE.bazel']],
    [['MODULE.bazel'], ['MODULE.bazel'], ['WORKSPACE', 'BUILD.bazel']],
    [['MODULE.bazel', 'WORKSPACE', 'BUILD.bazel'], ['MODULE.bazel', 'WORKSPACE'], []],
  ])('of one with %j at its root: found %j, missing %j', (files, markers, missing) => {
    const found = plan(Object.fromEntries(files.map((file) => [file, ''])));

    expect(found.markers).toEqual(markers);
    expect(found.missing.map(({ path }) => path)).toEqual(missing);
  });

  it('give the workspace and the module one name', () => {
    const { missing } = plan({});

    expect(missing[0]?.content).toContain('module(name = "my_project")\n');
    expect(missing[1]?.content).toContain('workspace(name = "my_project")\n');
  });

  it('keep the name that the workspace has', () => {
    const [module] = plan({ WORKSPACE: '# of ours\nworkspace(\n    name = "ours",\n)\n', BUILD: '' }).missing;
    const [workspace] = plan({ 'MODULE.bazel': `module(name='theirs', version='1.0')`, BUILD: '' }).missing;
    const [unusable] = plan({ WORKSPACE: 'workspace(name = "Not-for-modules")', BUILD: '' }).missing;

    expect(module?.content).toContain('module(name = "ours")');
    expect(workspace?.content).toContain('workspace(name = "theirs")');
    expect(unusable?.content).toContain('module(name = "my_project")');
    expect(pathsOf({ WORKSPACE: '', BUILD: '' })).toEqual(['MODULE.bazel']);
  });

  it.each([
    ['myproject', 'myproject'],
    ['My-Project.js', 'my_project_js'],
    ['3d-engine', 'repo_3d_engine'],
    ['--', 'root_workspace'],
    ['.github', 'github'],
    ['bazel_tools', 'repo_bazel_tools'],
    ['platforms', 'repo_platforms'],
  ])('name the repository %s %s', (repository, name) => {
    expect(workspaceName(repository)).toBe(name);
  });

  it('are read by a real Bazel', async () => {
    const folder = temporaryFolder();
    for (const { path, content } of plan({}, '3d-engine').missing) writeFileSync(join(folder, path), content);

    // Its own package's file beside all targets: there are none, but the query over them succeeds.
    expect(await bazelQuery(folder, '//... + //:BUILD.bazel')).toBe('//:BUILD.bazel\n');
  });
});

/** Without a server, so that no process is left over. */
async function bazelQuery(folder: string, query: string): Promise<string> {
  const bazel = createRequire(import.meta.url).resolve('@bazel/bazel-linux_x64/bazel-2.1.0-linux-x86_64');
  const args = ['--batch', `--output_user_root=${temporaryFolder()}`, 'query', query];
  const env = { PATH: environment()['PATH'], HOME: folder, USER: 'tester' };
  const { stdout } = await promisify(execFile)(bazel, args, { cwd: folder, env });
  return stdout;
}
