import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import * as z from 'zod';
import { apiBase } from '../../shared/links.ts';
import { openApi } from '../../shared/api/openapi.ts';

const Content = z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) }));
const Described = z.object({
  parameters: z.array(
    z.object({
      name: z.string(),
      in: z.enum(['path', 'query', 'header']),
      required: z.boolean(),
      schema: z.looseObject({}),
    }),
  ),
  requestBody: z.object({ required: z.boolean(), content: Content }).optional(),
  responses: z.record(z.string(), z.object({ content: Content.optional() })),
});
type Described = z.output<typeof Described>;

export interface Exchange {
  readonly method: string;
  /** With what stands after the question mark. */
  readonly path: string;
  /** What was sent, as text. */
  readonly sent: string | null;
  readonly response: Response;
}

/**
 * What of an exchange with the API is not as its document says; empty of what is no question for the API. Answers may have no field that
 * the document does not name: here it is asked for everything, so that nothing is forgotten in it.
 */
export interface ApiDocument {
  problemsOf(exchange: Exchange): Promise<string[]>;
}

export function createApiDocument(): ApiDocument {
  const document = openApi({ dashboardUrl: 'https://yb.example.com', version: '1' });
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ $id: 'api', components: closed(document.components) });
  const validators = new Map<string, ValidateFunction>();
  const check = (name: string, schema: Readonly<Record<string, unknown>>, value: unknown): string[] => {
    const validate = validators.get(name) ?? ajv.compile(resolved(schema));
    validators.set(name, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${name}: ${error.instancePath} ${error.message ?? ''}`);
  };
  const operations = Object.entries(document.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: new RegExp(`^${apiBase}${template.replaceAll(/\{[a-z]+\}/g, '[^/]+')}$`),
      name: operation.operationId,
      described: Described.parse({
        ...operation,
        responses: Object.fromEntries(Object.entries(operation.responses).filter(([status]) => status !== 'default')),
      }),
    })),
  );
  const problem = { $ref: '#/components/schemas/Problem' };
  const wasAsked = (name: string, described: Described, { path, sent }: Exchange): string[] => {
    const query = new URLSearchParams(path.split('?')[1] ?? '');
    const known = new Map(described.parameters.filter((one) => one.in === 'query').map((one) => [one.name, one]));
    const body = described.requestBody;
    return [
      ...[...query.keys()].filter((key) => !known.has(key)).map((key) => `${name}: ?${key} is not in the document`),
      ...(sent === null && body?.required === true ? [`${name}: a body is needed`] : []),
      ...(sent === null || sent === ''
        ? []
        : check(`${name} body`, body?.content['application/json']?.schema ?? {}, JSON.parse(sent))),
    ];
  };
  return {
    async problemsOf(exchange) {
      const { method, path, response } = exchange;
      const [bare = ''] = path.split('?');
      if (method === 'HEAD') return [];
      const found = operations.find((one) => one.method === method && one.path.test(bare));
      const type = response.headers.get('content-type') ?? '';
      const json = async (): Promise<unknown> => await response.clone().json();
      if (bare.startsWith(`${apiBase}/`) && response.status >= 400) {
        const isProblem = type.startsWith('application/problem+json');
        return isProblem ? check('problem', problem, await json()) : [`${method} ${path}: no problem, but ${type}`];
      }
      if (found === undefined)
        return bare.startsWith(`${apiBase}/`) ? [`${method} ${path} is not in the document`] : [];
      const { name, described } = found;
      const answer = described.responses[response.status];
      if (answer === undefined) return [`${name}: ${response.status} is not in the document`];
      const [content] = Object.entries(answer.content ?? {});
      const asked = wasAsked(name, described, exchange);
      if (content === undefined) return [...asked, ...(type === '' ? [] : [`${name}: says ${type}`])];
      if (!type.startsWith(content[0])) return [...asked, `${name}: ${type} instead of ${content[0]}`];
      if (content[0] !== 'application/json') return asked;
      return [...asked, ...check(`${name} ${response.status}`, content[1].schema, await json())];
    },
  };
}

function resolved(schema: unknown): Record<string, unknown> {
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/');
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
}

/** With nothing beside what is named. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed);
  if (typeof part !== 'object' || part === null) return part;
  const fields = Object.fromEntries(Object.entries(part).map(([name, value]) => [name, closed(value)]));
  const isObject =
    'properties' in part && 'type' in part && part.type === 'object' && !('additionalProperties' in part);
  return isObject ? { ...fields, additionalProperties: false } : fields;
}
