import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { type OpenApi, openApi, templateOf } from '../shared/api/openapi.ts';
import type { Operation } from '../shared/api/operation.ts';
import { operations } from '../shared/api/operations.ts';

/** As much of JSON Schema as tells what a thing is made of. */
const Shape = z.object({
  $ref: z.string().optional(),
  get properties() {
    return z.record(z.string(), Shape).optional();
  },
  required: z.array(z.string()).default([]),
  get items() {
    return Shape.optional();
  },
  get anyOf() {
    return z.array(Shape).optional();
  },
  get additionalProperties() {
    return z.union([z.boolean(), Shape]).optional();
  },
});
type Shape = z.output<typeof Shape>;

/** `{id, tokens: [Token], phases: {…: {startedAt}}}`; empty of what has no parts. */
function told(shape: Shape | undefined): string {
  if (shape === undefined) return '';
  if (shape.$ref !== undefined) return shape.$ref.replace(/^.*\//, '');
  if (shape.anyOf !== undefined) return shape.anyOf.map(told).filter(Boolean).join(' or ');
  if (shape.items !== undefined) return `[${told(shape.items)}]`;
  const others = typeof shape.additionalProperties === 'object' ? [['…', shape.additionalProperties] as const] : [];
  const fields = [...Object.entries(shape.properties ?? {}), ...others];
  if (fields.length === 0) return '';
  const required = new Set([...shape.required, '…']);
  const words = fields.map(([name, of]) => {
    const value = told(of);
    return `${name}${required.has(name) ? '' : '?'}${value === '' ? '' : `: ${value}`}`;
  });
  return `{${words.join(', ')}}`;
}

function lineOf({ paths }: OpenApi, operation: Operation): string {
  const { method, path, query, needs, answers } = operation;
  const described = paths[templateOf(path)]?.[method.toLowerCase()];
  const asked = Object.keys(query?.shape ?? {}).join('&');
  const sent = shapeOf(described?.['requestBody'] ?? {});
  const request = `\`${method} ${templateOf(path)}${asked === '' ? '' : `?${asked}`}\`${sent === '' ? '' : ` \`${sent}\``}`;
  const come = Object.keys(answers).map((status) => {
    const name = shapeOf(described?.responses[status]);
    return `\`${status}\`${name === '' ? '' : ` ${name}`}`;
  });
  return `| ${request} | ${needs === 'nothing' ? 'none' : needs} | ${come.join(', ')} | ${operation.words} |`;
}

const Content = z.object({
  content: z.record(z.string(), z.object({ schema: Shape })).optional(),
});

/** Of what is sent, or comes back. */
function shapeOf(said: unknown): string {
  const { content = {} } = Content.parse(said);
  return Object.values(content)
    .map(({ schema }) => told(schema))
    .join(' ');
}

/** The table of what may be asked, and the one of what comes back. */
function apiTables(): string {
  const document = openApi({ dashboardUrl: '', version: '' });
  return [
    '| request | right | answer | |',
    '| --- | --- | --- | --- |',
    ...Object.values(operations).map((operation) => lineOf(document, operation)),
    '',
    '| answer | |',
    '| --- | --- |',
    ...Object.entries(document.components.schemas).map(
      ([name, schema]) => `| ${name} | \`${told(Shape.parse(schema))}\` |`,
    ),
  ].join('\n');
}

export const apiPage = fileURLToPath(new URL('../docs/api.md', import.meta.url));

const [begin, end] = ['<!-- made by build/api-table.ts -->', '<!-- end -->'];

/** The page with its tables as the code says. @throws Error if it has no place for them */
export function withApiTables(page: string): string {
  const [before, rest] = page.split(begin);
  const [, after] = (rest ?? '').split(end);
  if (before === undefined || after === undefined) throw new Error(`docs/api.md has no ${begin} … ${end}`);
  return `${before}${begin}\n\n${apiTables()}\n\n${end}${after}`;
}

if (import.meta.main) {
  const before = await readFile(apiPage, 'utf8');
  const page = withApiTables(before);
  if (page !== before) await writeFile(apiPage, page);
  process.stdout.write(page === before ? 'docs/api.md is as the code says\n' : 'docs/api.md is new\n');
}
