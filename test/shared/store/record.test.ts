import { describe, expect, it } from 'vitest';
import { createRun, saveRun } from '../../../shared/store/runs.ts';
import { saveVolume, volumePath } from '../../../shared/store/volumes.ts';
import { sampleRun, sampleVolume } from '../../support/sample-run.ts';
import { createMemoryDocuments } from '../../world/documents.ts';

describe('a document that its own reader would refuse', () => {
  it('is not made', async () => {
    const documents = createMemoryDocuments();
    await expect(createRun(documents, sampleRun({ attempt: 0 }))).rejects.toMatchObject({ code: 'malformed-document' });
    expect(documents.paths()).toEqual([]);
  });

  it('does not take the place of one that is there', async () => {
    const documents = createMemoryDocuments();
    const run = await createRun(documents, sampleRun());
    if (run === null) throw new Error('it was there');
    const wrong = { ...run.value, lease: { volume: -1, epoch: 1 } };
    await expect(saveRun(documents, run, wrong)).rejects.toMatchObject({ code: 'malformed-document' });

    const path = volumePath('42', 0);
    const [version] = await documents.commit([{ type: 'create', path, fields: { ...sampleVolume() } }]);
    const volume = { path, value: sampleVolume(), version: version ?? { seconds: 0, nanoseconds: 0 } };
    await expect(saveVolume(documents, volume, sampleVolume({ epoch: 1.5 }))).rejects.toMatchObject({
      code: 'malformed-document',
    });
    expect((await documents.get([run.path, path])).map((found) => found?.version)).toEqual([
      run.version,
      volume.version,
    ]);
  });
});
