import * as client from '@kubernetes/client-node';
import * as z from 'zod';

/**
 * Kubernetes' published schema as far as its client carries it: for each model the names and types of its fields.
 * Lists, maps and nested models are followed; formats, required fields and value lists are not in it.
 */
const Model = z.custom<{ getAttributeTypeMap(): unknown }>(
  (value) => typeof value === 'function' && 'getAttributeTypeMap' in value,
);
const Attributes = z.array(z.object({ baseName: z.string(), type: z.string() }));
const models = new Map<string, unknown>(Object.entries(client));

/** The paths of fields that the model does not know, and of values that are not of their field's type. */
export function schemaProblems(type: string, value: unknown, at: string = type): string[] {
  const optional = type.replace(/ \| (undefined|null)$/, '');
  const list = /^Array<(.*)>$/.exec(optional)?.[1];
  if (list !== undefined) {
    if (!Array.isArray(value)) return [`${at}: not a list`];
    return value.flatMap((item: unknown, index) => schemaProblems(list, item, `${at}[${index}]`));
  }
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(optional)?.[1];
  if (map !== undefined) {
    return fieldsOf(value, at, (key, item) => schemaProblems(map, item, `${at}.${key}`));
  }
  const model = Model.safeParse(models.get(optional));
  if (model.success) {
    const attributes = new Map(
      Attributes.parse(model.data.getAttributeTypeMap()).map(({ baseName, type }) => [baseName, type]),
    );
    return fieldsOf(value, at, (key, item) => {
      const known = attributes.get(key);
      if (known === undefined) return [`${at}.${key}: unknown to ${optional}`];
      return item === null ? [] : schemaProblems(known, item, `${at}.${key}`);
    });
  }
  return primitiveProblems(optional, value, at);
}

function fieldsOf(value: unknown, at: string, problems: (key: string, item: unknown) => string[]): string[] {
  const fields = z.record(z.string(), z.unknown()).safeParse(value);
  if (!fields.success) return [`${at}: not an object`];
  return Object.entries(fields.data).flatMap(([key, item]) => (item === undefined ? [] : problems(key, item)));
}

function primitiveProblems(type: string, value: unknown, at: string): string[] {
  const fits: Record<string, (value: unknown) => boolean> = {
    string: (one) => typeof one === 'string',
    number: (one) => typeof one === 'number',
    boolean: (one) => typeof one === 'boolean',
    Date: (one) => one instanceof Date || (typeof one === 'string' && !Number.isNaN(Date.parse(one))),
    V1MicroTime: (one) => typeof one === 'string',
    IntOrString: (one) => typeof one === 'string' || typeof one === 'number',
    any: () => true,
  };
  const fit = fits[type];
  if (fit === undefined) return [`${at}: no model ${type}`];
  return fit(value) ? [] : [`${at}: not a ${type}`];
}
