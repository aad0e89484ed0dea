import { type Import, type ImportGraph, importGraph, packageOf, reachedPackages } from './imports.ts';
import type { Finding, Rule } from './source-file.ts';

/** Rooms whose files decide and do not act: input in, value out. */
const pure = ['shared/run/', 'shared/volume/', 'shared/queue/', 'shared/history/', 'shared/messages/'];

/** The outside world, which a decision does not touch. */
const outside =
  /^(@google-cloud\/.*|google-auth-library|@kubernetes\/.*|@octokit\/.*|@hono\/node-server|node:(fs|net|http|https|http2|tls|dns|child_process|worker_threads|timers))$/;

/** Clients of clouds, clusters and code hosts. */
const clients = /^(@google-cloud\/.*|google-auth-library|google-gax|@kubernetes\/.*|@octokit\/.*)$/;

/** Where a room may import from, besides itself. The first one whose prefix fits a file counts. */
const rooms: readonly { readonly prefix: string; readonly from: readonly string[] }[] = [
  ...pure.map((prefix) => ({ prefix, from: [...pure, 'shared/bazel/', 'shared/*'] })),
  { prefix: 'shared/', from: ['shared/'] },
  { prefix: 'functions/', from: ['shared/'] },
  { prefix: 'runner/', from: ['shared/'] },
  { prefix: 'cli/', from: ['shared/'] },
  { prefix: 'local/', from: ['shared/', 'functions/', 'runner/', 'cli/'] },
  { prefix: 'test/', from: [''] },
];

/** The folder in which a file is free to import: for a function its own, not its neighbours'. */
function homeOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'functions' ? `${first}/${second}/` : `${first}/`;
}

function allowed(from: readonly string[], target: string): boolean {
  return from.some((prefix) =>
    prefix.endsWith('*') ? new RegExp(`^${prefix.slice(0, -1)}[^/]+$`).test(target) : target.startsWith(prefix),
  );
}

function roomFinding(path: string, found: Import): Finding | null {
  const room = rooms.find(({ prefix }) => path.startsWith(prefix));
  const { target } = found;
  // What stands at the root (package.json) belongs to everybody.
  if (room === undefined || target === null || !target.includes('/')) return null;
  const isPure = pure.includes(room.prefix);
  if (!isPure && target.startsWith(homeOf(path))) return null;
  if (allowed(room.from, target)) return null;
  const reason = isPure ? 'a decision does not know the adapters' : `${homeOf(path)} does not know it`;
  return { path, line: found.line, message: `imports ${target}: ${reason}` };
}

/**
 * Imports point inward: functions → adapters → domain; a function never imports another; nothing that is deployed
 * imports `local/` or `test/`.
 */
export const importsPointInward: Rule = (files) =>
  [...importGraph(files)].flatMap(([path, imports]) =>
    imports.flatMap((found) => {
      const finding = roomFinding(path, found);
      return finding === null ? [] : [finding];
    }),
  );

/** Decisions name nothing of the outside world, not even its types. */
export const decisionsArePure: Rule = (files) =>
  [...importGraph(files)]
    .filter(([path]) => pure.some((prefix) => path.startsWith(prefix)))
    .flatMap(([path, imports]) =>
      imports
        .filter(({ target, specifier }) => target === null && outside.test(packageOf(specifier)))
        .map(({ line, specifier }) => ({ path, line, message: `imports ${specifier}: decisions are pure` })),
    );

/** What must not be part of a program, whatever the way it would come in. */
const unreachable: readonly { readonly entry: RegExp; readonly what: RegExp; readonly why: string }[] = [
  { entry: /^runner\/[^/]+\.ts$/, what: clients, why: 'a Job holds no rights of the installation' },
  { entry: /^cli\/yb\.ts$/, what: /^(@google-cloud|@kubernetes)\//, why: "a person's laptop has no cloud client" },
  {
    entry: /^functions\/webhook\/index\.ts$/,
    what: /^(@google-cloud\/(firestore|pubsub|storage)|@kubernetes\/client-node)$/,
    why: "it would slow the webhook's cold start",
  },
  { entry: /^functions\/dashboard\/index\.ts$/, what: /^@kubernetes\//, why: 'people have no way into the cluster' },
];

/** Follows imports from each entry point to the packages it would load. */
export const programsStayLean: Rule = (files) => {
  const graph = importGraph(files);
  return unreachable.flatMap(({ entry, what, why }) =>
    [...graph.keys()].filter((path) => entry.test(path)).flatMap((path) => heavyPackages(graph, path, what, why)),
  );
};

function heavyPackages(graph: ImportGraph, path: string, what: RegExp, why: string): readonly Finding[] {
  return [...reachedPackages(graph, path)]
    .filter(([name]) => what.test(name))
    .map(([name, chain]) => ({ path, message: `loads ${name} (${why}): ${chain.join(' → ')}` }));
}

/** No file imports itself through others; types count too, since what cannot be read apart is not apart. */
export const noCycles: Rule = (files) => {
  const graph = importGraph(files);
  const done = new Set<string>();
  const findings: Finding[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      findings.push({ path, message: `imports itself: ${[...trail.slice(start), path].join(' → ')}` });
      return;
    }
    if (done.has(path)) return;
    for (const { target } of graph.get(path) ?? []) {
      if (target !== null && graph.has(target)) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return findings;
};
