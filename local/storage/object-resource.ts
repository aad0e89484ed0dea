import type { StoredObject } from './object-files.ts';

/** An object as the JSON API and notifications tell of it: https://cloud.google.com/storage/docs/json_api/v1/objects */
export interface ObjectResource {
  readonly kind: 'storage#object';
  readonly id: string;
  readonly selfLink: string;
  readonly mediaLink: string;
  readonly name: string;
  readonly bucket: string;
  readonly generation: string;
  readonly metageneration: string;
  readonly contentType: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly cacheControl?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly storageClass: string;
  readonly size: string;
  readonly md5Hash: string;
  readonly crc32c: string;
  readonly etag: string;
  readonly timeCreated: string;
  readonly updated: string;
  readonly timeStorageClassUpdated: string;
}

export function objectResource(object: StoredObject, url: string): ObjectResource {
  const { bucket, name, attributes, createdAt } = object;
  const path = `b/${bucket}/o/${encodeURIComponent(name)}`;
  const generation = String(object.generation);
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: `${url}/storage/v1/${path}`,
    mediaLink: `${url}/download/storage/v1/${path}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation,
    metageneration: String(object.metageneration),
    contentType: attributes.contentType,
    ...(attributes.contentEncoding === undefined ? {} : { contentEncoding: attributes.contentEncoding }),
    ...(attributes.contentDisposition === undefined ? {} : { contentDisposition: attributes.contentDisposition }),
    ...(attributes.cacheControl === undefined ? {} : { cacheControl: attributes.cacheControl }),
    ...(attributes.metadata === undefined ? {} : { metadata: attributes.metadata }),
    storageClass: 'STANDARD',
    size: String(object.size),
    md5Hash: object.md5,
    crc32c: object.crc32c,
    etag: Buffer.from(`${generation}/${object.metageneration}`).toString('base64'),
    timeCreated: createdAt,
    updated: createdAt,
    timeStorageClassUpdated: createdAt,
  };
}
