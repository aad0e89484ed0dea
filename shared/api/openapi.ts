import { STATUS_CODES } from 'node:http';
import * as z from 'zod';
import { apiBase } from '../links.ts';
import { LiveView, runEvents } from './live-schemas.ts';
import { LogLinesView, LogSearchView } from './log-schemas.ts';
import { type Answer, isTagged, type Operation } from './operation.ts';
import { operations } from './operations.ts';
import { MadeToken, SessionList, SessionView, TokenList, TokenView } from './self-schemas.ts';
import { TargetHistoryView, TargetListView, TargetSummaryView } from './target-schemas.ts';
import {
  AuditList,
  BadgeView,
  HookView,
  PersonView,
  ProblemView,
  RepositoryView,
  RunDetails,
  RunList,
  RunView,
  SecretList,
  ServerView,
  SettingsView,
  TargetView,
  VolumeView,
} from './schemas.ts';

/** What comes back, by the names that programs made from the document give it. */
const shapes = {
  AuditList,
  Badge: BadgeView,
  Hook: HookView,
  Live: LiveView,
  LogEvent: runEvents.log,
  LogHits: LogSearchView,
  LogLines: LogLinesView,
  MadeToken,
  Person: PersonView,
  Problem: ProblemView,
  Repository: RepositoryView,
  Run: RunView,
  RunDetails,
  RunList,
  SecretList,
  Server: ServerView,
  Session: SessionView,
  SessionList,
  Settings: SettingsView,
  StateEvent: runEvents.state,
  Target: TargetView,
  TargetHistory: TargetHistoryView,
  TargetLists: TargetListView,
  TargetSummary: TargetSummaryView,
  TargetsEvent: runEvents.targets,
  Token: TokenView,
  TokenList,
  Volume: VolumeView,
} as const satisfies Readonly<Record<string, z.ZodType>>;

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** OpenAPI's document of what programs may ask for (https://spec.openapis.org/oas/v3.1.1.html). */
export interface OpenApi {
  readonly openapi: '3.1.1';
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>>; readonly [other: string]: unknown };
  readonly [other: string]: unknown;
}

interface OpenApiOperation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, object>>;
  readonly [other: string]: unknown;
}

/**
 * The document, made from the schemas that requests are read with and answers are written to. What stands in answers may become more:
 * they do not forbid further fields. Requests do.
 */
export function openApi({ dashboardUrl, version }: { dashboardUrl: string; version: string }): OpenApi {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const [name, operation] of Object.entries(operations)) {
    const path = templateOf(operation.path);
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: described(name, operation) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'yb',
      version,
      description:
        'Runs of the tests of Bazel repositories: what they came to, their logs, and what starts and stops them.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: `${dashboardUrl}${apiBase}` }],
    paths,
    components: {
      schemas: schemasOfAnswers(),
      responses: { Problem: { description: 'What was refused, and why', content: json(['Problem'], problemType) } },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of yb’s own, or what `yb login` keeps.' },
      },
    },
  };
}

/** RFC 9457. */
const problemType = 'application/problem+json';

function described(name: string, { query, body, ...operation }: Operation): OpenApiOperation {
  const { answers, needs } = operation;
  return {
    operationId: name,
    // Pages of the documentation are not beside this one.
    description: operation.words.replaceAll(/\[([^\]]+)\]\((?!https:)[^)]*\)/g, '$1'),
    'x-right': needs,
    // Without a token, what is shown to everybody can be read.
    security: needs === 'nothing' ? [] : needs === 'read' ? [{ token: [] }, {}] : [{ token: [] }],
    parameters: [
      ...inPath(operation.path),
      ...(query === undefined ? [] : inQuery(query)),
      ...(isTagged(operation) ? [ifNoneMatch] : []),
      ...(answers[200] === 'events' ? [lastEventId] : []),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: operation.mayBeEmpty !== true,
            content: { 'application/json': { schema: schemaOf(body) } },
          },
        }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, responseOf(status, answer)])),
      ...(isTagged(operation) ? { 304: { description: 'What the tag says is what there is' } } : {}),
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

/** The `etag` of an answer that somebody has. */
const ifNoneMatch = { name: 'if-none-match', in: 'header', required: false, schema: { type: 'string' } };

/** The `id` of the last event that somebody has. */
const lastEventId = { name: 'last-event-id', in: 'header', required: false, schema: { type: 'string' } };

function responseOf(status: string, answer: Answer): object {
  const description = STATUS_CODES[status] ?? status;
  switch (answer) {
    case 'nothing':
      return { description };
    case 'text':
      return { description, content: { 'text/plain': { schema: { type: 'string' } } } };
    case 'events':
      return { description, content: { 'text/event-stream': { schema: { type: 'string' } } } };
    case 'elsewhere':
      return { description, headers: { location: { required: true, schema: { type: 'string', format: 'uri' } } } };
    case 'document':
      return { description, content: { 'application/json': { schema: { type: 'object' } } } };
    default:
      return { description, content: json(namesOf(answer)) };
  }
}

/** @throws Error if a shape has no name here: then it is missing in the table above */
function namesOf(answer: z.core.$ZodType): readonly string[] {
  if (answer instanceof z.ZodUnion) return answer.options.flatMap(namesOf);
  const [name] = Object.entries(shapes).find(([, shape]) => shape === answer) ?? [];
  if (name === undefined) throw new Error('an answer of the API has no name');
  return [name];
}

function json(names: readonly string[], type = 'application/json'): object {
  const references = names.map((name) => ({ $ref: `#/components/schemas/${name}` }));
  return { [type]: { schema: references.length === 1 ? references[0] : { anyOf: references } } };
}

/** `/runs/:id{[a-z]+}` as `/runs/{id}`. */
export function templateOf(path: string): string {
  return path.replaceAll(parameter, '{$1}');
}

const parameter = /:([a-z]+)(?:\{((?:[^{}]|\{[^{}]*\})*)\})?/g;

function inPath(path: string): object[] {
  return [...path.matchAll(parameter)].map(([, name, pattern]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', ...(pattern === undefined ? {} : { pattern: `^${pattern}$` }) },
  }));
}

function inQuery(query: z.ZodObject): object[] {
  const { properties = {}, required = [] } = schemaOf(query);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

/** What is sent. */
function schemaOf(schema: z.ZodObject): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', override: simpler });
  return rest;
}

function schemasOfAnswers(): Readonly<Record<string, JsonSchema>> {
  const names = z.registry<{ id: string }>();
  for (const [id, shape] of Object.entries(shapes)) names.add(shape, { id });
  const { schemas } = z.toJSONSchema(names, {
    uri: (id) => `#/components/schemas/${id}`,
    override(context) {
      simpler(context);
      if (context.jsonSchema.additionalProperties === false) delete context.jsonSchema.additionalProperties;
    },
  });
  return Object.fromEntries(Object.entries(schemas).map(([id, { $schema: _, $id: __, ...rest }]) => [id, rest]));
}

/** Without what says nothing to who reads it: the pattern of a format that has a name, and bounds that every integer has. */
function simpler({ jsonSchema }: { readonly jsonSchema: JsonSchema }): void {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}
