import { describe, expect, it } from 'vitest';
import { dependenciesArePinned, linksResolve, pathsInCodeResolve, textsStandAlone } from './texts.ts';

function findings(rule: typeof linksResolve, files: Readonly<Record<string, string>>): readonly string[] {
  return rule(Object.entries(files).map(([path, text]) => ({ path, text }))).map(
    ({ path, message }) => `${path} ${message}`,
  );
}

describe('the words of the project', () => {
  // Put together here, so that this file does not break the rule itself.
  const [work, tools, npm, list] = ['work', 'tools', 'npmjs', 'acceptance'];
  const unwanted = [
    ['a folder of one machine', `cd /${work}/main`],
    ['a folder of one machine in quotes', `const root = '/${work}/main';`],
    ['a folder beside the checkout', `../shared/${tools}/cluster`],
    ['a registry host', `https://registry.${npm}.org/zod`],
    ['a number of a list that is not here', `// see ${list} 12`],
  ] as const;

  it.each(unwanted)('do not name %s', (_, text) => {
    expect(findings(textsStandAlone, { 'docs/a.md': text })).toHaveLength(1);
  });

  it.each(['/home/somebody/work/project', "join(folder, 'work', name)", `\${folder}/work/src`, '../shared/tally.ts'])(
    'may say %s',
    (text) => {
      expect(findings(textsStandAlone, { 'local/a.ts': text })).toEqual([]);
    },
  );

  it('may name the neighbouring tools in the script of continuous integration alone', () => {
    expect(findings(textsStandAlone, { '.ci/run': `../shared/${tools}/cluster up` })).toEqual([]);
  });
});

describe('dependencies', () => {
  it.each(['^1.2.3', '~1.2.3', '>=1', 'latest', '1.x', 'github:a/b'])('are not given as %s', (version) => {
    const text = JSON.stringify({ devDependencies: { a: version } });

    expect(findings(dependenciesArePinned, { 'package.json': text })).toHaveLength(1);
  });

  it('are exact versions', () => {
    const text = JSON.stringify({ dependencies: { a: '1.2.3' }, optionalDependencies: { b: '1.2.3-rc.1' } });

    expect(findings(dependenciesArePinned, { 'package.json': text })).toEqual([]);
  });

  it('come from no address in the lock file', () => {
    const lock = (entry: object): string => JSON.stringify({ packages: { 'node_modules/a': entry } });

    expect(
      findings(dependenciesArePinned, { 'package-lock.json': lock({ resolved: 'https://x.test/a' }) }),
    ).toHaveLength(1);
    expect(findings(dependenciesArePinned, { 'package-lock.json': lock({ version: '1.2.3' }) })).toEqual([]);
  });
});

describe('links of the docs', () => {
  const target = { 'docs/architecture.md': '# The flow\n\n## From a push, to a `status`!\n' };

  it.each([
    'architecture.md',
    './architecture.md#the-flow',
    'architecture.md#from-a-push-to-a-status',
    '../docs/architecture.md',
    '../docs/',
    'https://cloud.google.com/anything',
    '#here',
  ])('may lead to %s', (link) => {
    expect(findings(linksResolve, { ...target, 'docs/a.md': `# Here\n\nSee [it](${link}).\n` })).toEqual([]);
  });

  it.each(['architektur.md', '../architecture.md', 'architecture.md#the-flood', '#there', '../src/'])(
    'may not lead to %s',
    (link) => {
      expect(findings(linksResolve, { ...target, 'docs/a.md': `# Here\n\nSee [it](${link}).\n` })).toHaveLength(1);
    },
  );

  it('are not looked for in code', () => {
    const text = 'Write `[it](nowhere.md)` or\n\n```\n[it](nowhere.md)\n```\n';

    expect(findings(linksResolve, { 'docs/a.md': text })).toEqual([]);
  });
});

describe('a path in backticks', () => {
  const files = [
    { path: 'shared/run/run.ts', text: '' },
    { path: 'docs/runs.md', text: '' },
  ];
  const found = (text: string) =>
    pathsInCodeResolve([...files, { path: 'docs/page.md', text }]).map(({ message }) => message);

  it.each([
    '`shared/run/run.ts`',
    '`shared/run/`',
    '`npm test -- test/none`',
    '`signals/{runId}/1/`',
    '`test/**/*.ts`',
  ])('is there, or none: %s', (text) => {
    expect(found(text)).toEqual([]);
  });

  it.each(['shared/run/gone.ts', 'functions/webhook/', 'docs/none.md'])('leads to nothing: %s', (path) => {
    expect(found(`see \`${path}\``)).toEqual([`names what is not there: ${path}`]);
  });
});
