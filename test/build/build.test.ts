import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Built, buildAll } from '../../build/build.ts';
import { type Deployable, deployables } from '../../build/deployables.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

const greeter: Deployable = {
  name: 'greeter',
  folder: 'functions/greeter',
  programs: { 'index.mjs': 'functions/greeter/index.ts' },
  node: '24',
  runtimeDependencies: ['@google-cloud/functions-framework'],
  assets: { 'assets/page.js': 'client/page.ts', 'assets/page.css': 'style/page.css' },
  copies: { 'start.sh': 'start.sh' },
  executables: ['start.sh'],
};

/** A small project with a program in TypeScript that uses a CommonJS package, a page's script and style, and a script. */
const sources = {
  'package.json': '{"version":"1.2.3","dependencies":{"@google-cloud/functions-framework":"5.0.5","zod":"4.6.7"}}',
  'package-lock.json':
    '{"lockfileVersion":3,"packages":{"node_modules/@google-cloud/functions-framework":{"version":"5.0.5"}}}',
  'functions/greeter/index.ts': [
    "import { http } from '@google-cloud/functions-framework';",
    "import old from 'old-package';",
    "import { greeting } from '../../shared/greeting.ts';",
    'const answer: string = greeting + old.folder;',
    "http('greeter', (_request, response) => void response.send(answer));",
    'console.log(answer);',
  ].join('\n'),
  'shared/greeting.ts': "export const greeting: string = 'hello from ';\n",
  'node_modules/old-package/package.json': '{"name":"old-package","version":"1.0.0","main":"index.js"}',
  'node_modules/old-package/index.js':
    "const path = require('path'); exports.folder = path.basename(__dirname) + require('node:os').EOL.length;",
  'client/page.ts': "document.title = 'greetings' as string;\n",
  'style/page.css': '@import "./colours.css";\nbody { margin: 0; }\n',
  'style/colours.css': ':root { --ink: black; }\n',
  'start.sh': '#!/bin/sh\necho started\n',
};

describe('the build', () => {
  const place = { folder: '' };

  beforeEach(async () => {
    place.folder = await mkdtemp(join(tmpdir(), 'yb-build-'));
  });

  afterEach(async () => {
    await rm(place.folder, { recursive: true, force: true });
  });

  async function plant(name: string, changes: Readonly<Record<string, string>> = {}): Promise<string> {
    const root = join(place.folder, name);
    for (const [path, text] of Object.entries({ ...sources, ...changes })) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    await symlink(join(project, 'node_modules/@google-cloud'), join(root, 'node_modules/@google-cloud'));
    return root;
  }

  async function build(root: string, out = 'dist'): Promise<Built> {
    const [built] = await buildAll({ root, outDir: join(root, out), parts: [greeter] });
    if (built === undefined) throw new Error('nothing was built');
    return built;
  }

  it('makes a folder that runs as it is: program, manifest, assets and copies', async () => {
    const root = await plant('a');
    const { folder, files, packages } = await build(root);

    expect(files.map(({ name }) => name)).toEqual([
      'assets/page.css',
      'assets/page.js',
      'index.mjs',
      'index.mjs.map',
      'package-lock.json',
      'package.json',
      'start.sh',
    ]);
    expect(packages).toEqual(['old-package']);
    expect(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).toEqual({
      name: 'yb-greeter',
      version: '1.2.3',
      private: true,
      type: 'module',
      main: 'index.mjs',
      dependencies: { '@google-cloud/functions-framework': '5.0.5' },
    });
    expect(await readFile(join(folder, 'assets/page.css'), 'utf8')).toBe(':root{--ink: black}body{margin:0}\n');
    expect(await readFile(join(folder, 'assets/page.js'), 'utf8')).toContain('document.title="greetings"');
    expect((await stat(join(folder, 'start.sh'))).mode & 0o777).toBe(0o755);
    expect(await output(join(folder, 'index.mjs'))).toBe('hello from greeter1\n');
  });

  it('gives equal sources an equal hash, wherever they are and go, and others another', async () => {
    const [first, second, third] = await Promise.all([
      plant('a'),
      plant('b'),
      plant('c', { 'start.sh': '#!/bin/sh\n' }),
    ]);
    const [a, b, c] = await Promise.all([build(first), build(second, 'else/where'), build(third)]);

    expect(b.hash).toBe(a.hash);
    expect(c.hash).not.toBe(a.hash);
  });

  it('runs from outside of the project too', async () => {
    const root = await plant('a');
    const outDir = join(place.folder, 'outside');
    const [built] = await buildAll({ root, outDir, parts: [greeter] });

    expect(await output(join(built?.folder ?? '', 'index.mjs'))).toBe('hello from greeter1\n');
  });

  it('keeps what is imported at run time out of the start of a program', async () => {
    const program = "const { greeting } = await import('../../shared/greeting.ts');\nconsole.log(greeting);\n";
    const root = await plant('a', { 'functions/greeter/index.ts': program });
    const [whole, split] = await Promise.all(
      [false, true].map(async (splitting) => {
        const parts = [{ ...greeter, folder: String(splitting), splitting }];
        const [built] = await buildAll({ root, outDir: join(root, 'dist'), parts });
        return built;
      }),
    );

    expect(whole?.files.some(({ name }) => name.startsWith('chunks/'))).toBe(false);
    expect(split?.files.filter(({ name }) => /^chunks\/greeting-\w+\.mjs$/.test(name))).toHaveLength(1);
    expect(await output(join(split?.folder ?? '', 'index.mjs'))).toBe('hello from \n');
  });

  it('takes from node:http what a program uses, when it uses it', async () => {
    const root = await plant('project', {
      'functions/greeter/index.ts': [
        "import { METHODS as methods } from 'node:http';",
        "import * as everything from 'http';",
        'console.log(methods.length === everything.METHODS.length);',
      ].join('\n'),
    });
    const { folder } = await build(root);
    const program = join(folder, 'index.mjs');
    expect(await readFile(program, 'utf8')).not.toMatch(/from\s*["'](?:node:)?http["']/);
    expect(await output(program)).toBe('true\n');
  });

  it('removes what an earlier build left, and nothing beside it', async () => {
    const root = await plant('a');
    const { folder } = await build(root);
    await writeFile(join(folder, 'assets/old.js'), '');
    await writeFile(join(root, 'dist/kept'), '');
    await build(root);

    expect(await readdir(join(folder, 'assets'))).toEqual(['page.css', 'page.js']);
    expect(await readdir(join(root, 'dist'))).toContain('kept');
  });

  it('names every source that is missing, and writes nothing', async () => {
    const root = await plant('a');
    await rm(join(root, 'start.sh'));
    await rm(join(root, 'client/page.ts'));

    await expect(build(root)).rejects.toThrow('missing sources: client/page.ts, start.sh');
    await expect(stat(join(root, 'dist'))).rejects.toThrow('ENOENT');
  });

  it('fails on a program that does not fit together', async () => {
    const root = await plant('a', { 'shared/greeting.ts': 'export const farewell = 1;\n' });

    await expect(build(root)).rejects.toThrow('No matching export in "shared/greeting.ts" for import "greeting"');
  });

  it('builds only what it is asked for, and knows its names', async () => {
    const root = await plant('a');
    const others = [greeter, { ...greeter, name: 'other', folder: 'functions/other' }];
    const built = await buildAll({ root, outDir: join(root, 'dist'), parts: others, only: ['other'] });

    expect(built.map(({ name }) => name)).toEqual(['other']);
    await expect(buildAll({ root, outDir: join(root, 'dist'), parts: others, only: ['none'] })).rejects.toThrow(
      'nothing to build is called none',
    );
  });
});

describe('the table of deployables', () => {
  it('has a name and a folder for each', () => {
    expect(new Set(deployables.map(({ name }) => name)).size).toBe(deployables.length);
    expect(new Set(deployables.map(({ folder }) => folder)).size).toBe(deployables.length);
  });

  it('leaves the framework out of every function: the host has its own registry', () => {
    for (const { folder, runtimeDependencies } of deployables) {
      if (folder.startsWith('functions/')) expect(runtimeDependencies).toEqual(['@google-cloud/functions-framework']);
    }
  });
});

/** What a program prints. */
async function output(program: string): Promise<string> {
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => {
    child.on('close', resolve);
  });
  return Buffer.concat(chunks).toString('utf8');
}
