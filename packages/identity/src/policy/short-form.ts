import { isAttributeName } from "../credential/attributes.js";
import { attributePrefix, type Policy } from "./expression.js";
import type { ExpressionReader } from "./expression-reader.js";

/**
 * Reads the short form: `component.db or not (component.web and beta)`. A name stands for an attribute that is `"true"`; `not` binds
 * more than `and`, and that more than `or`.
 * What cannot be read is left to the reader, from the operator on. Nothing: not even the beginning is of this form.
 */
export function readShortForm(reader: ExpressionReader): Policy | undefined {
  return readJoined(reader, "or", () => readJoined(reader, "and", () => readPart(reader)));
}

function readJoined(
  reader: ExpressionReader,
  kind: "and" | "or",
  readNext: () => Policy | undefined,
): Policy | undefined {
  const first = readNext();
  if (first === undefined) return undefined;
  const parts = [first];
  for (;;) {
    const { offset } = reader;
    const part = reader.take(word(kind)) === undefined ? undefined : readNext();
    if (part === undefined) {
      reader.offset = offset;
      return parts.length === 1 ? first : { kind, parts };
    }
    parts.push(part);
  }
}

/** Decides by what comes first, so that nothing is read twice: reading in vain would double with each level. */
function readPart(reader: ExpressionReader): Policy | undefined {
  const { offset } = reader;
  let part: Policy | undefined;
  if (reader.take(word("not")) !== undefined) part = readNot(reader);
  else if (reader.take(/\(/) !== undefined) part = readGroup(reader);
  else part = readName(reader);
  if (part === undefined) reader.offset = offset;
  return part;
}

function readNot(reader: ExpressionReader): Policy | undefined {
  const part = reader.nested(() => readPart(reader));
  return part && { kind: "not", part };
}

function readGroup(reader: ExpressionReader): Policy | undefined {
  const part = reader.nested(() => readShortForm(reader));
  return part !== undefined && reader.take(/\)/) !== undefined ? part : undefined;
}

function readName(reader: ExpressionReader): Policy | undefined {
  const name = reader.take(/[A-Za-z0-9_.-]+/);
  if (name === undefined || !isAttributeName(name) || /^(?:and|or|not)$/.test(name)) return undefined;
  const terms = [
    { kind: "name", name: attributePrefix + name },
    { kind: "text", text: "true" },
  ] as const;
  return { kind: "=", terms };
}

/** A word that ends here, and not one that only begins like it. */
function word(text: string): RegExp {
  return new RegExp(`${text}(?![A-Za-z0-9_.-])`);
}
