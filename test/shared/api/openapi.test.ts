import { readFile } from 'node:fs/promises';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { apiPage, withApiTables } from '../../../build/api-table.ts';
import { openApi, templateOf } from '../../../shared/api/openapi.ts';
import { operations } from '../../../shared/api/operations.ts';
import { createApiDocument } from '../../support/api-document.ts';

const document = openApi({ dashboardUrl: 'https://yb.example.com', version: '1' });

describe('the document of the API', () => {
  it('is OpenAPI, by its own schema', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone({ ...document }))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('has each operation once, under the name that a program made from it calls', () => {
    const told = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${operationId}: ${method.toUpperCase()} ${path}`),
    );
    const all = Object.entries(operations).map(([name, one]) => `${name}: ${one.method} ${templateOf(one.path)}`);
    expect(told.toSorted()).toEqual(all.toSorted());
  });

  it('says of a path what its parameters look like', () => {
    const path = '/runs/{id}/attempts/{attempt}/tests/{test}/log';
    expect(document.paths[path]?.['get']?.['parameters']).toMatchObject([
      { name: 'id', schema: { type: 'string' } },
      { name: 'attempt', schema: { pattern: '^[1-9][0-9]?$' } },
      { name: 'test', schema: { pattern: '^[0-9]{1,6}$' } },
    ]);
  });

  it('leaves answers open for more, and requests not', () => {
    const { RunList } = document.components.schemas;
    expect(RunList).toMatchObject({ required: ['runs', 'next'] });
    expect(RunList).not.toHaveProperty('additionalProperties');
    const start = document.paths['/repos/{owner}/{repo}/runs']?.['post']?.['requestBody'];
    expect(start).toMatchObject({ content: { 'application/json': { schema: { additionalProperties: false } } } });
  });

  it('is what the tables of the documentation say', async () => {
    const page = await readFile(apiPage, 'utf8');
    expect(page).toBe(withApiTables(page));
  });
});

describe('what is held against it in tests', () => {
  const ok = { login: 'mira' };
  const answer = (body: unknown, status = 200, type = 'application/json') =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': type } });
  const api = createApiDocument();
  const person = { method: 'GET', path: '/api/v1/person', sent: null };
  const login = { method: 'POST', path: '/api/v1/login', response: answer({}, 400, 'application/problem+json') };

  it.each([
    ['as it should be', { ...person, response: answer(ok) }, []],
    ['a page', { ...person, path: '/mira/shop', response: answer('<html>', 200, 'text/html') }, []],
    ['a field too many', { ...person, response: answer({ ...ok, more: 1 }) }, ['additional properties']],
    ['a field too few', { ...person, response: answer({}) }, ['required property']],
    ['another status', { ...person, response: answer(ok, 203) }, ['203']],
    ['another type', { ...person, response: answer(ok, 200, 'text/html') }, ['text/html']],
    ['a parameter', { ...person, path: '/api/v1/person?all', response: answer(ok) }, ['?all']],
    ['a path', { ...person, path: '/api/v1/people', response: answer(ok) }, ['/api/v1/people']],
    ['a refusal without words', { ...person, response: answer({}, 404) }, ['no problem']],
    ['half a problem', { ...login, sent: '{}' }, ['title', 'status', 'detail', 'code', 'type']],
    [
      'a body that nobody takes',
      { ...login, sent: '{"a":1}', response: answer({}, 201) },
      ['name', 'additional', 'id'],
    ],
    ['no body', { ...login, sent: null, response: answer({}, 201) }, ['a body is needed']],
  ])('%s', async (_, exchange, words) => {
    const problems = await api.problemsOf(exchange);
    for (const word of words) expect(problems.join('; ')).toContain(word);
    expect(problems.length > 0).toBe(words.length > 0);
  });
});
