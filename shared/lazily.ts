/** Makes a thing when it is first wanted, once; what could not be made is tried again by who asks next. */
export function lazily<Value>(make: () => Promise<Value>): () => Promise<Value> {
  const made: { value?: Promise<Value> | undefined } = {};
  return async () => {
    made.value ??= make();
    try {
      return await made.value;
    } catch (error) {
      made.value = undefined;
      throw error;
    }
  };
}
