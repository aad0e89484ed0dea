import { ApiError } from './api-error.ts';

/** Percent-encodes every byte but `A-Z a-z 0-9 - . _ ~`, as V4 signatures want it. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** @throws ApiError `InvalidArgument` */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApiError('InvalidArgument', 'Malformed percent-encoding in the URL.');
  }
}

/** A request's target as it came, taken apart and decoded. */
export interface Target {
  readonly path: string;
  /** In the order they came, doubled ones too. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

export function parseTarget(url: string): Target {
  const question = url.indexOf('?');
  const path = question === -1 ? url : url.slice(0, question);
  const query = question === -1 ? '' : url.slice(question + 1);
  const parameters = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals === -1
        ? ([decodeQuery(pair), ''] as const)
        : ([decodeQuery(pair.slice(0, equals)), decodeQuery(pair.slice(equals + 1))] as const);
    });
  return { path, parameters };
}

function decodeQuery(text: string): string {
  return decode(text.replaceAll('+', ' '));
}

/** The first parameter of that name. Names of signing parameters may come in any case. */
export function parameter(target: Target, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return target.parameters.find(([candidate]) => candidate.toLowerCase() === wanted)?.[1];
}

/** `/{bucket}/{object}` of the XML API; the object is empty in a bucket's own path. */
export function splitPath(path: string): { readonly bucket: string; readonly name: string } {
  const [, bucket = '', name = ''] = /^\/([^/]*)(?:\/(.*))?$/s.exec(path) ?? [];
  return { bucket: decode(bucket), name: decode(name) };
}
