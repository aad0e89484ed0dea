import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import * as z from 'zod';

/**
 * GitHub's published description of its REST API (https://github.com/github/rest-api-description), asked whether an
 * exchange is one that it allows.
 */
export interface Description {
  /** What is wrong with an answer: nothing if the description allows it. */
  checkAnswer(exchange: Exchange): string[];
  /** What is wrong with a request's body. */
  checkRequest(exchange: Pick<Exchange, 'method' | 'path'>, body: unknown): string[];
}

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body: unknown;
}

type Json = Readonly<Record<string, unknown>>;

const require = createRequire(import.meta.url);
const documentName = 'github';

export function loadDescription(): Description {
  const text = readFileSync(require.resolve('@octokit/openapi/generated/api.github.com.json'), 'utf8');
  const root = z
    .looseObject({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(JSON.parse(text, asJsonSchema));
  const ajv = formats.default(new Ajv({ strict: false, allErrors: true, validateSchema: false, logger: false }));
  ajv.addSchema(root, documentName);

  const resolve = (value: unknown): Json => {
    const object = z.record(z.string(), z.unknown()).parse(value ?? {});
    const reference = object['$ref'];
    if (typeof reference !== 'string') return object;
    const parts = reference.replace(`${documentName}#/`, '').split('/');
    return resolve(parts.reduce<unknown>((at, part) => z.record(z.string(), z.unknown()).parse(at)[part], root));
  };

  const operation = (method: string, path: string): Json => {
    const wanted = path.replace(/\?.*$/, '').split('/');
    const fits = (template: string): boolean => {
      const parts = template.split('/');
      // The last parameter of some paths (a ref, a file) holds slashes of its own.
      const open = /^\{(ref|path|basehead)\}$/.test(parts.at(-1) ?? '');
      if (open ? wanted.length < parts.length : wanted.length !== parts.length) return false;
      return parts.every((part, index) => part.startsWith('{') || part === wanted[index]);
    };
    const literal = (template: string): number => template.split('/').filter((part) => !part.startsWith('{')).length;
    const found = Object.entries(root.paths)
      .filter(([template, item]) => fits(template) && method.toLowerCase() in item)
      .sort(([one], [other]) => literal(other) - literal(one))[0];
    if (found === undefined) throw new Error(`GitHub describes no ${method} ${path}`);
    return resolve(found[1][method.toLowerCase()]);
  };

  const contentOf = (value: unknown): unknown => {
    const content = z.record(z.string(), z.unknown()).optional().parse(resolve(value)['content']);
    const json = Object.entries(content ?? {}).find(([type]) => type.includes('json'))?.[1];
    return json === undefined ? undefined : resolve(json)['schema'];
  };

  const check = (schema: unknown, value: unknown, what: string): string[] => {
    const validate = ajv.compile(z.record(z.string(), z.unknown()).parse(schema));
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${what}${instancePath}: ${message ?? 'wrong'}`);
  };

  return {
    checkAnswer: ({ method, path, status, body }) => {
      const responses = resolve(operation(method, path)['responses']);
      if (!(String(status) in responses)) return [`${method} ${path}: GitHub never answers ${String(status)}`];
      const schema = contentOf(responses[String(status)]);
      if (schema === undefined)
        return status === 204 && body !== '' ? [`${method} ${path}: a body where there is none`] : [];
      return check(schema, body, 'body');
    },
    checkRequest: ({ method, path }, body) => {
      const schema = contentOf(operation(method, path)['requestBody']);
      return schema === undefined ? [] : check(schema, body, 'request');
    },
  };
}

/**
 * Schemas of OpenAPI 3.0 as JSON Schema has them: what may be null says so by a type, and references name the document that they are
 * in. Of alternatives one has to fit: the description has some that overlap, where it means either.
 */
function asJsonSchema(key: string, value: unknown): unknown {
  if (key === '$ref' && typeof value === 'string') return value.replace(/^#/, `${documentName}#`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (!('nullable' in value) && !('oneOf' in value)) return value;
  const { nullable, oneOf, ...rest } = { nullable: undefined, oneOf: undefined, ...value };
  const schema = Array.isArray(oneOf) ? { ...rest, anyOf: oneOf } : oneOf === undefined ? rest : { ...rest, oneOf };
  if (nullable === true) return { anyOf: [{ type: 'null' }, schema] };
  return nullable === undefined ? schema : { ...schema, nullable };
}
