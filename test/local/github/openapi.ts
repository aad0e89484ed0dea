import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
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

/** Words by which a schema is judged here; formats and patterns are not. */
const Schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.string().optional(),
  nullable: z.boolean().optional(),
  enum: z.array(z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  allOf: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
});

export function loadDescription(): Description {
  const text = readFileSync(require.resolve('@octokit/openapi/generated/api.github.com.json'), 'utf8');
  const root = z
    .looseObject({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(JSON.parse(text));

  const resolve = (value: unknown): Json => {
    const object = z.record(z.string(), z.unknown()).parse(value ?? {});
    const reference = object['$ref'];
    if (typeof reference !== 'string') return object;
    const parts = reference.replace(/^#\//, '').split('/');
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

  const check = (schema: unknown, value: unknown, at: string): string[] => {
    const { nullable, type, ...rules } = Schema.parse(resolve(schema));
    if (value === null) return nullable === true || allowsNull({ type, ...rules }, at) ? [] : [`${at}: null`];
    const mistyped = type === undefined ? [] : checkType(type, value, at);
    if (mistyped.length > 0) return mistyped;
    return [
      ...(rules.enum === undefined || rules.enum.includes(value) ? [] : [`${at}: not one of the allowed values`]),
      ...(rules.allOf ?? []).flatMap((part) => check(part, value, at)),
      ...checkAlternatives(rules.anyOf ?? [], value, at),
      ...checkAlternatives(rules.oneOf ?? [], value, at),
      ...checkParts(rules, value, at),
    ];
  };

  const allowsNull = ({ type, anyOf = [], oneOf = [], allOf = [] }: z.output<typeof Schema>, at: string): boolean => {
    const alternatives = [...anyOf, ...oneOf, ...allOf];
    return alternatives.length === 0
      ? type === undefined
      : alternatives.some((one) => check(one, null, at).length === 0);
  };

  /** The problems with the alternative that fits best. */
  const checkAlternatives = (alternatives: readonly unknown[], value: unknown, at: string): string[] => {
    const results = alternatives.map((alternative) => check(alternative, value, at));
    return results.sort((one, other) => one.length - other.length)[0] ?? [];
  };

  const checkParts = (rules: z.output<typeof Schema>, value: unknown, at: string): string[] => {
    if (Array.isArray(value)) {
      const items: readonly unknown[] = rules.items === undefined ? [] : value;
      return items.flatMap((item, index) => check(rules.items, item, `${at}[${String(index)}]`));
    }
    return typeof value === 'object' && value !== null ? checkObject(rules, value, at) : [];
  };

  const checkObject = (rules: z.output<typeof Schema>, value: object, at: string): string[] => {
    const fields = new Map<string, unknown>(Object.entries(value));
    const missing = (rules.required ?? []).filter((name) => !fields.has(name)).map((name) => `${at}.${name}: missing`);
    const wrong = Object.entries(rules.properties ?? {}).flatMap(([name, property]) =>
      fields.has(name) ? check(property, fields.get(name), `${at}.${name}`) : [],
    );
    const unknown =
      rules.additionalProperties === false
        ? [...fields.keys()]
            .filter((name) => !(name in (rules.properties ?? {})))
            .map((name) => `${at}.${name}: unknown`)
        : [];
    return [...missing, ...wrong, ...unknown];
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

function checkType(type: string, value: unknown, at: string): string[] {
  const actual = Array.isArray(value) ? 'array' : typeof value;
  const fits =
    type === 'integer' ? Number.isInteger(value) : type === actual || (type === 'number' && actual === 'number');
  return fits ? [] : [`${at}: ${actual} instead of ${type}`];
}
