import { isAttributeName } from "../credential/attributes.js";
import { attributePrefix, knownNames, type Policy, type Term } from "./expression.js";
import type { ExpressionReader } from "./expression-reader.js";

/**
 * Reads the full form: `(and (= subject.role "web") (member? subject.place ["a" "b"]))`.
 *
 * @throws CulvertError POLICY_INVALID
 */
export function readFullForm(reader: ExpressionReader): Policy {
  return reader.nested(() => {
    reader.expect(/\(/, "`(`");
    const operator = reader.expect(/[^\s()[\]"]+/, "an operator");
    const policy = readOperands(reader, operator);
    reader.expect(/\)/, "`)`");
    return policy;
  });
}

function readOperands(reader: ExpressionReader, operator: string): Policy {
  switch (operator) {
    case "=":
      return { kind: "=", terms: [readTerm(reader), ...readUntil(reader, /(?=\))/, readTerm)] };
    case "member?":
      return { kind: "member?", term: readTerm(reader), list: readList(reader) };
    case "and":
    case "or":
      return { kind: operator, parts: readUntil(reader, /(?=\))/, readFullForm) };
    case "not":
      return { kind: "not", part: readFullForm(reader) };
    default:
      throw reader.error(`there is no operator \`${operator}\` (there are: = member? and or not)`);
  }
}

/** One or more, up to what ends them. */
function readUntil<Item>(
  reader: ExpressionReader,
  end: RegExp,
  read: (reader: ExpressionReader) => Item,
): Item[] {
  const items: Item[] = [];
  do items.push(read(reader));
  while (reader.take(end) === undefined);
  return items;
}

function readList(reader: ExpressionReader): Term[] {
  reader.expect(/\[/, "`[`");
  return readUntil(reader, /\]/, readTerm);
}

function readTerm(reader: ExpressionReader): Term {
  const quoted = reader.take(/"(?:[^"\\]|\\["\\])*"/);
  if (quoted !== undefined) return { kind: "text", text: quoted.slice(1, -1).replace(/\\(.)/g, "$1") };
  const name = reader.expect(/[A-Za-z0-9_.-]+/, "a name or a text in quotation marks");
  const isAttribute = name.startsWith(attributePrefix) && isAttributeName(name.slice(attributePrefix.length));
  if (isAttribute || knownNames.includes(name)) return { kind: "name", name };
  throw reader.error(
    `there is no name \`${name}\` (there are: ${knownNames.join(", ")} and ${attributePrefix}<attribute>)`,
  );
}
