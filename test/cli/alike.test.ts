import { expect, it } from 'vitest';
import { alike } from '../../cli/alike.ts';
import { runYb } from './run-yb.ts';

const names = ['runs', 'run', 'watch', 'logs', 'secret', 'setup-repo', 'settings'];

it.each([
  ['wacth', 'watch'],
  ['log', 'logs'],
  ['setup_repo', 'setup-repo'],
  ['setings', 'settings'],
  ['runn', 'runs'],
  ['zzz', null],
  ['xx', null],
  ['', null],
])('%s is probably %s', (typed, meant) => {
  expect(alike(typed, names)).toBe(meant);
});

it.each([
  [['wacth'], 'unknown command "wacth"', 'Did you mean watch?', 'yb watch --help'],
  [['tokne'], 'unknown command "tokne"', 'Did you mean token?', 'yb token --help'],
  [['runs', '--brnach', 'x'], 'unknown option --brnach', 'Did you mean --branch?', 'yb runs --help'],
])('who types %j is told what is there', async (argv, what, why, next) => {
  const { code, stderr } = await runYb(argv);
  expect([code, stderr]).toEqual([2, `yb: ${what}\n    ${why}\n    Type: ${next}\n`]);
});

it('whose words are near nothing gets the list', async () => {
  expect((await runYb(['frobnicate'])).stderr).toContain('The commands are: login,');
});
