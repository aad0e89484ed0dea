import { afterAll, beforeAll } from 'vitest';
import { startFirestoreEmulator } from '../../local/emulators.ts';
import { createFirestoreDocuments } from '../../shared/google/firestore.ts';

type FirestoreDocuments = ReturnType<typeof createFirestoreDocuments>;

/** Firestore's emulator for the tests of a file, each of which asks for a database of its own. */
export function useFirestore(): {
  readonly host: () => string;
  readonly fresh: () => { documents: FirestoreDocuments; hookDocuments: FirestoreDocuments; project: string };
} {
  const state: { emulator?: Awaited<ReturnType<typeof startFirestoreEmulator>>; projects: number } = { projects: 0 };
  const opened: FirestoreDocuments[] = [];
  beforeAll(async () => {
    state.emulator = await startFirestoreEmulator({ projectId: 'test' });
  });
  afterAll(async () => {
    await Promise.all(opened.map(async (documents) => await documents.close()));
    await state.emulator?.stop();
  });
  const host = (): string => state.emulator?.host ?? '';
  return {
    host,
    fresh: () => {
      state.projects += 1;
      const project = `test-${state.projects}`;
      const emulatorHost = host();
      const documents = createFirestoreDocuments({ project, database: '(default)', emulatorHost });
      const hookDocuments = createFirestoreDocuments({ project, database: 'hooks', emulatorHost });
      opened.push(documents, hookDocuments);
      return { documents, hookDocuments, project };
    },
  };
}
