import type { Documents, Fields } from '../../shared/outside/documents.ts';

/** Replaces fields of a document that is there, as somebody else would meanwhile. */
export async function changeDocument(documents: Documents, path: string, fields: Fields): Promise<void> {
  const [snapshot] = await documents.get([path]);
  if (snapshot === null || snapshot === undefined) throw new Error(`${path} is not there`);
  await documents.commit([{ type: 'update', path, fields, version: snapshot.version }]);
}
