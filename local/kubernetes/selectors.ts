import { badRequest } from './api-error.ts';
import type { Metadata } from './objects.ts';

type Matcher = (metadata: Metadata) => boolean;

/**
 * A label selector, with equality (`a=b`, `a==b`, `a!=b`), existence (`a`, `!a`) and sets (`a in (b,c)`, `a notin (b)`).
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 * @throws ApiError 400
 */
export function labelSelector(text: string): Matcher {
  const requirements = splitOutsideBrackets(text).map(requirement);
  return (metadata) => requirements.every((matches) => matches(metadata));
}

function splitOutsideBrackets(text: string): readonly string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function requirement(text: string): Matcher {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    return ({ labels }) => values.has(labels?.[key] ?? '\0') === (operator === 'in');
  }
  const equality = /^([^\s!=]+)\s*(==|=|!=)\s*([^\s!=]*)$/.exec(text);
  if (equality !== null) {
    const [, key = '', operator, value = ''] = equality;
    return ({ labels }) => (labels?.[key] === value) === (operator !== '!=');
  }
  const existence = /^(!?)\s*([^\s!=()]+)$/.exec(text);
  if (existence !== null) {
    const [, not, key = ''] = existence;
    return ({ labels }) => (labels?.[key] !== undefined) === (not === '');
  }
  throw badRequest(`unable to parse requirement: ${text}`);
}

const common = ['metadata.name', 'metadata.namespace'];
const ofEvents = ['involvedObject.kind', 'involvedObject.name', 'involvedObject.uid', 'reason', 'type'];

/** A field selector over the fields that a cluster has an index of. @throws ApiError 400 */
export function fieldSelector(text: string, kind: string): (object: object) => boolean {
  const known = kind === 'Event' ? [...common, ...ofEvents] : common;
  const requirements = splitOutsideBrackets(text).map((part) => {
    const [, field = '', operator, value] = /^([\w.]+?)(==|=|!=)(.*)$/.exec(part) ?? [];
    if (!known.includes(field)) throw badRequest(`field label not supported: ${part}`);
    return (object: object) => (fieldOf(object, field) === value) === (operator !== '!=');
  });
  return (object) => requirements.every((matches) => matches(object));
}

function fieldOf(object: object, field: string): unknown {
  return field.split('.').reduce<unknown>((value, step) => {
    return typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
  }, object);
}
