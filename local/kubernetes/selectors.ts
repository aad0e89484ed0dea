import { badRequest } from './api-error.ts';
import type { Metadata } from './objects.ts';

type Matcher = (metadata: Metadata) => boolean;

/**
 * A label selector of equalities (`a=b`, `a==b`, `a!=b`), which are all that is asked here:
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 * @throws ApiError 400
 */
export function labelSelector(text: string): Matcher {
  const requirements = split(text).map(requirement);
  return (metadata) => requirements.every((matches) => matches(metadata));
}

function split(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function requirement(text: string): Matcher {
  const [, key = '', operator, value = ''] = /^([^\s!=]+)\s*(==|=|!=)\s*([^\s!=]*)$/.exec(text) ?? [];
  if (operator === undefined) throw badRequest(`unable to parse requirement: ${text}`);
  return ({ labels }) => (labels?.[key] === value) === (operator !== '!=');
}

const common = ['metadata.name', 'metadata.namespace'];
const ofEvents = ['involvedObject.kind', 'involvedObject.name', 'involvedObject.uid', 'reason', 'type'];

/** A field selector over the fields that a cluster has an index of. @throws ApiError 400 */
export function fieldSelector(text: string, kind: string): (object: object) => boolean {
  const known = kind === 'Event' ? [...common, ...ofEvents] : common;
  const requirements = split(text).map((part) => {
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
