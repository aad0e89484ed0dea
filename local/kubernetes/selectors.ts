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

/** A field selector over the fields that every kind has. @throws ApiError 400 */
export function fieldSelector(text: string): Matcher {
  const requirements = splitOutsideBrackets(text).map((part) => {
    const match = /^metadata\.(name|namespace)(==|=|!=)(.*)$/.exec(part);
    const [, field, operator, value] = match ?? [];
    if (field !== 'name' && field !== 'namespace') throw badRequest(`field label not supported: ${part}`);
    return (metadata: Metadata) => (metadata[field] === value) === (operator !== '!=');
  });
  return (metadata) => requirements.every((matches) => matches(metadata));
}
