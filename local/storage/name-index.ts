/** Values by name that can also be walked in the order of the names' UTF-8 bytes, from any place. */
export interface NameIndex<Value> {
  get(name: string): Value | undefined;
  set(name: string, value: Value): void;
  delete(name: string): void;
  /** Names equal to or after `from`, in order. */
  namesFrom(from: string): Iterable<string>;
}

export function createNameIndex<Value>(entries: Iterable<readonly [string, Value]>): NameIndex<Value> {
  const values = new Map(entries);
  const names = [...values.keys()].sort(compareUtf8);

  /** The place of the first name that is not before `name`. */
  const place = (name: string): number => {
    let low = 0;
    let high = names.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareUtf8(names[middle] ?? '', name) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    get: (name) => values.get(name),
    set(name, value) {
      if (!values.has(name)) names.splice(place(name), 0, name);
      values.set(name, value);
    },
    delete(name) {
      if (values.delete(name)) names.splice(place(name), 1);
    },
    *namesFrom(from) {
      for (let index = place(from); index < names.length; index++) yield names[index] ?? '';
    },
  };
}

/** Google orders names by their UTF-8 bytes; JavaScript by UTF-16 units, which differs beyond the basic plane. */
export function compareUtf8(left: string, right: string): number {
  return left === right ? 0 : Buffer.compare(Buffer.from(left), Buffer.from(right));
}
