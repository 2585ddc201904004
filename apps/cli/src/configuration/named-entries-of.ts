import type { ConfigurationDocument, ValuePath } from "./configuration-document.js";

/** One thing of a configuration as it is written: its arguments, and where they are. */
export interface RawEntry {
  readonly path: ValuePath;
  readonly args: ReadonlyMap<string, unknown>;
}

/** How to read things of one kind. */
export interface EntryShape {
  /** What a name stands for. */
  readonly named: string;
  /** The names of all arguments. */
  readonly known: ReadonlySet<string>;
}

/**
 * Reads things of one kind, which may be a name, a list, a map of names and arguments, or the arguments of one thing.
 * A map that has the name of an argument as a key holds arguments.
 *
 * @throws CliError CONFIGURATION_INVALID
 */
export function readEntries(
  document: ConfigurationDocument,
  value: unknown,
  path: ValuePath,
  shape: EntryShape,
): readonly RawEntry[] {
  if (value === null || value === "") throw document.error(path, `${path.at(-1)} is empty`);
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => readEntries(document, item, [...path, index], shape));
  }
  if (!(value instanceof Map)) return [{ path, args: new Map([[shape.named, value]]) }];
  const map = value as ReadonlyMap<string, unknown>;
  if (map.size === 0) throw document.error(path, `${path.at(-1)} is empty`);
  if ([...map.keys()].some((key) => shape.known.has(key))) return [{ path, args: map }];
  return [...map].map(([name, args]) => readNamed(document, [...path, name], args, shape));
}

function readNamed(
  document: ConfigurationDocument,
  path: ValuePath,
  value: unknown,
  { named, known }: EntryShape,
): RawEntry {
  const name = path.at(-1) as string;
  if (value === null) return { path, args: new Map([[named, name]]) };
  if (!(value instanceof Map)) {
    const reason = `"${name}" is no argument (those are ${[...known].join(", ")}), and as a name it needs arguments of its own`;
    throw document.error(path, reason);
  }
  const args = value as ReadonlyMap<string, unknown>;
  if (args.has(named))
    throw document.error([...path, named], `"${name}" has its ${named} already: it is its name here`);
  return { path, args: new Map([[named, name], ...args]) };
}
