import { describe, expect, it } from 'vitest';
import {
  decisionsArePure,
  functionsAreWiredOnce,
  importsPointInward,
  programsStayLean,
  queriesStandInTheTable,
  roomsHaveNoCircles,
} from './direction.ts';
import type { Rule, SourceFile } from './source-file.ts';

function file(path: string, ...lines: readonly string[]): SourceFile {
  return { path, text: `${lines.join('\n')}\n` };
}

function messages(rule: Rule, ...files: readonly SourceFile[]): readonly string[] {
  return rule(files).map(({ path, line, message }) => `${path}:${line ?? ''} ${message}`);
}

describe('the direction of imports', () => {
  it.each([
    ['a function takes from another function', 'functions/webhook/a.ts', '../watcher/b.ts'],
    ['a function takes from the local system', 'functions/webhook/a.ts', '../../local/b.ts'],
    ['shared code takes from a function', 'shared/store/a.ts', '../../functions/webhook/b.ts'],
    ['shared code takes from the tests', 'shared/store/a.ts', '../../test/support/b.ts'],
    ['a decision takes from an adapter', 'shared/run/a.ts', '../store/b.ts'],
    ['the command line takes from a function', 'cli/a.ts', '../functions/webhook/b.ts'],
    ['the command line takes from the runner', 'cli/a.ts', '../runner/b.ts'],
    ['the runner takes from the local system', 'runner/courier/a.ts', '../../local/b.ts'],
    ['the local system takes from the tests', 'local/a.ts', '../test/b.ts'],
  ])('is broken where %s', (_, path, specifier) => {
    const found = messages(importsPointInward, file(path, '// first', `import { b } from '${specifier}';`));

    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(`${path}:2 imports `);
  });

  it.each([
    ['functions/webhook/a.ts', './b.ts'],
    ['functions/webhook/a.ts', '../../shared/store/b.ts'],
    ['shared/store/a.ts', '../run/b.ts'],
    ['shared/run/a.ts', '../errors.ts'],
    ['shared/run/a.ts', '../volume/b.ts'],
    ['runner/courier/a.ts', '../spec.ts'],
    ['local/a.ts', '../functions/webhook/b.ts'],
    ['test/e2e/a.ts', '../../local/b.ts'],
    ['cli/a.ts', '../package.json'],
  ])('is kept by %s that imports %s', (path, specifier) => {
    expect(messages(importsPointInward, file(path, `import { b } from '${specifier}';`))).toEqual([]);
  });

  it.each([
    ['a re-export', "export { b } from '../watcher/b.ts';"],
    ['a type', "import type { B } from '../watcher/b.ts';"],
    ['several lines', "import {\n  a,\n  type B,\n} from '../watcher/b.ts';"],
    ['a side effect', "import '../watcher/b.ts';"],
    ['an import at run time', "const b = await import('../watcher/b.ts');"],
  ])('sees %s', (_, text) => {
    expect(messages(importsPointInward, file('functions/webhook/a.ts', text))).toHaveLength(1);
  });

  it('takes no text for an import', () => {
    const text = ["const a = ' import { b } from ../watcher/b.ts';", "// import { b } from '../watcher/b.ts'"];

    expect(messages(importsPointInward, file('functions/webhook/a.ts', ...text))).toEqual([]);
  });
});

describe('decisions', () => {
  it.each(['@google-cloud/firestore', '@kubernetes/client-node', '@octokit/rest', 'node:fs/promises', 'node:net'])(
    'do not import %s',
    (specifier) => {
      const found = messages(decisionsArePure, file('shared/queue/a.ts', `import type { B } from '${specifier}';`));

      expect(found).toEqual([`shared/queue/a.ts:1 imports ${specifier}: decisions are pure`]);
    },
  );

  it('may compute: hashes and schemas are values', () => {
    const text = ["import { createHash } from 'node:crypto';", "import * as z from 'zod';"];

    expect(messages(decisionsArePure, file('shared/run/a.ts', ...text))).toEqual([]);
  });

  it('are not the adapters, which may import what they adapt', () => {
    const adapter = file('shared/store/a.ts', "import { Firestore } from '@google-cloud/firestore';");

    expect(messages(decisionsArePure, adapter)).toEqual([]);
  });
});

describe('what a program loads', () => {
  const store = file('shared/google/firestore.ts', "import { Firestore } from '@google-cloud/firestore';");

  it('is followed through other files to the package, with the way there', () => {
    const found = messages(
      programsStayLean,
      file('runner/courier.ts', "import { a } from './courier/a.ts';"),
      file('runner/courier/a.ts', "import { b } from '../../shared/google/firestore.ts';"),
      store,
    );

    expect(found).toEqual([
      'runner/courier.ts: loads @google-cloud/firestore (a Job holds no rights of the installation): ' +
        'runner/courier.ts → runner/courier/a.ts → shared/google/firestore.ts',
    ]);
  });

  it('leaves out what only its types are taken from', () => {
    const courier = file('runner/courier.ts', "import type { B } from '../shared/google/firestore.ts';");

    expect(messages(programsStayLean, courier, store)).toEqual([]);
  });

  it('keeps heavy clients out of the webhook', () => {
    const webhook = file('functions/webhook/index.ts', "import { b } from '../../shared/google/firestore.ts';");

    expect(messages(programsStayLean, webhook, store)).toHaveLength(1);
  });
});

describe('rooms that know each other', () => {
  it('are found though no file imports itself', () => {
    const found = messages(
      roomsHaveNoCircles,
      file('shared/run/a.ts', "import { b } from '../bazel/b.ts';"),
      file('shared/bazel/c.ts', "import type { D } from '../run/d.ts';"),
      file('shared/run/d.ts', 'export const d = 1;'),
    );
    expect(found).toEqual([
      'shared/run/a.ts:1 imports shared/bazel/b.ts, and shared/bazel/c.ts imports shared/run/d.ts: a circle of two rooms',
      'shared/bazel/c.ts:1 imports shared/run/d.ts, and shared/run/a.ts imports shared/bazel/b.ts: a circle of two rooms',
    ]);
  });

  it('are not two that know a third, nor files that lie loose', () => {
    const found = messages(
      roomsHaveNoCircles,
      file('shared/run/a.ts', "import { b } from '../attempt/b.ts';"),
      file('shared/bazel/c.ts', "import { b } from '../attempt/b.ts';"),
      file('shared/log.ts', "import { a } from './run/a.ts';"),
      file('shared/run/d.ts', "import { log } from '../log.ts';"),
    );
    expect(found).toEqual([]);
  });
});

describe('a port', () => {
  it('names nothing but zod and other ports', () => {
    expect(messages(importsPointInward, file('shared/outside/a.ts', "import { b } from './b.ts';"))).toEqual([]);
    for (const specifier of ['../errors.ts', '../run/run.ts', '../kubernetes/cluster.ts']) {
      const port = file('shared/outside/a.ts', `import type { B } from '${specifier}';`);
      expect(messages(importsPointInward, port)).toHaveLength(1);
    }
    const vendor = file('shared/outside/a.ts', "import type { V1Job } from '@kubernetes/client-node';");
    expect(messages(decisionsArePure, vendor)).toHaveLength(1);
  });
});

describe('a query', () => {
  it('stands in the table of all', () => {
    const asks = (path: string) => file(path, 'const found = await documents.query({ collection });');
    expect(messages(queriesStandInTheTable, asks('shared/store/runs.ts'))).toHaveLength(1);
    expect(messages(queriesStandInTheTable, asks('functions/dashboard/models/run.ts'))).toHaveLength(1);
    expect(messages(queriesStandInTheTable, asks('shared/store/queries.ts'))).toEqual([]);
    expect(messages(queriesStandInTheTable, asks('test/contracts/documents.test.ts'))).toEqual([]);
  });
});

describe('the wiring of functions', () => {
  it('stands in one file of the tests', () => {
    const wiring = (path: string) => file(path, 'const scheduler = createScheduler(outside, settings);');
    expect(messages(functionsAreWiredOnce, wiring('test/functions/a.test.ts'))).toHaveLength(1);
    expect(messages(functionsAreWiredOnce, wiring('test/world/installation.ts'))).toEqual([]);
    expect(messages(functionsAreWiredOnce, wiring('functions/scheduler/index.ts'))).toEqual([]);
  });
});
