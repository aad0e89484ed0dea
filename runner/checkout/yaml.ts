import { isUtf8 } from 'node:buffer';
import { type Document, isAlias, isMap, isNode, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';

/** Counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a file of YAML, and where, if it has a place. */
export class YamlProblem extends Error {
  readonly place: Place | null;

  constructor(place: Place | null, message: string) {
    super(message);
    this.place = place;
  }
}

type Path = readonly (string | number)[];

export interface YamlDocument {
  readonly value: unknown;
  /** Where the value at a path begins; of a path that leads nowhere, its last part that is there. */
  placeOf(path: Path): Place;
  /** Where the last key of a path stands. */
  placeOfKey(path: Path): Place;
}

/** More than anybody needs; each of them may stand for a whole list. */
const mostAliases = 100;

/**
 * Reads one document of YAML's core schema: plain values, lists and maps with text as keys. Tags are refused, since they
 * would make a value something else than it looks like.
 * @throws YamlProblem
 */
export function readYaml(content: Uint8Array | string): YamlDocument {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const text = typeof content === 'string' ? content : Buffer.from(content).toString('utf8');
  const document = parse(text, lines);
  if (typeof content !== 'string' && !isUtf8(content)) {
    throw new YamlProblem(placeAt(text.indexOf('\uFFFD')), 'must be text in UTF-8');
  }
  const [error] = document.errors;
  if (error !== undefined) {
    const told = words[error.code] ?? error.message.split('\n', 1)[0] ?? '';
    throw new YamlProblem(placeAt(error.pos[0]), told);
  }
  refuseOddities(document, placeAt);

  const placeOf = (path: Path): Place => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return placeAt(node.range[0]);
    }
    return placeAt(0);
  };
  return {
    value: toValue(document),
    placeOf,
    placeOfKey(path) {
      const holder = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
      const pair = isMap(holder) ? holder.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : null;
      return isNode(pair?.key) && pair.key.range ? placeAt(pair.key.range[0]) : placeOf(path);
    },
  };
}

function parse(text: string, lines: LineCounter): Document {
  try {
    return parseDocument(text, {
      lineCounter: lines,
      schema: 'core',
      prettyErrors: false,
      uniqueKeys: true,
      stringKeys: true,
      logLevel: 'error',
    });
  } catch {
    // Nested so deeply that the parser gave up.
    throw new YamlProblem(null, 'cannot be read: it is nested too deeply');
  }
}

/** Where the library's own words are of its programming interface. */
const words: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'must be one document',
  NON_STRING_KEY: 'keys must be text',
  DUPLICATE_KEY: 'this key is there already',
};

function refuseOddities(document: Document, placeAt: (offset: number) => Place): void {
  let aliases = 0;
  const refuse = (node: Node, message: string): never => {
    throw new YamlProblem(node.range ? placeAt(node.range[0]) : null, message);
  };
  visit(document, {
    Node(key, node) {
      if (isAlias(node)) {
        aliases += 1;
        if (node.resolve(document) === undefined)
          refuse(node, `*${node.source} is not the name of an anchor before it`);
        if (aliases > mostAliases) refuse(node, 'repeats itself by too many aliases');
      } else if (node.tag !== undefined) refuse(node, 'tags cannot be used here');
      // A JavaScript object would take it for something else, and lose it.
      else if (key === 'key' && isScalar(node) && node.value === '__proto__') refuse(node, '__proto__ cannot be set');
    },
  });
}

function toValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: mostAliases });
  } catch {
    throw new YamlProblem(null, 'repeats itself by too many aliases');
  }
}
