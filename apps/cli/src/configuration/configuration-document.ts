import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  type Tags,
  visit,
  type YAMLError,
} from "yaml";
import { CliError } from "../cli-error.js";
import type { ConfigurationText } from "./configuration-source.js";
import { maxAliases } from "./limits.js";
import {
  emptyVariable,
  expandVariables,
  isVariableName,
  type VariableLookup,
  type Variables,
} from "./variables.js";

/** The way to a value: keys of maps and places in lists. */
export type ValuePath = readonly (string | number)[];

/** Where variables come from, beside the document. */
export interface OuterVariables {
  /** Win over those of the document. */
  readonly given: Variables;
  /** Used where neither has the name, and never for a document from another machine. */
  readonly environment: VariableLookup;
}

/** A YAML document that knows the line of each value, so that errors can name it. */
export class ConfigurationDocument {
  /** The content: maps are `Map`s with text keys. */
  readonly content: ReadonlyMap<string, unknown>;
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #source: string;
  readonly #isRemote: boolean;

  /**
   * Parses text and puts values in the place of variables.
   *
   * @throws CliError CONFIGURATION_INVALID, naming the line
   */
  constructor({ text, source, isRemote = false }: ConfigurationText, outer: OuterVariables) {
    this.#lines = new LineCounter();
    this.#source = source;
    this.#isRemote = isRemote;
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      merge: true,
      customTags: withoutNumbers,
    });
    const [problem] = [...this.#document.errors, ...this.#document.warnings];
    if (problem !== undefined) throw this.#syntaxError(problem, text);
    this.#expand(outer);
    this.content = this.#readContent();
  }

  /** The error for a value, naming its line. */
  error(path: ValuePath, reason: string): CliError {
    return this.#errorAt(this.lineOf(path), reason);
  }

  /** The line of a value, or of what holds it where it has none of its own; from 1. */
  lineOf(path: ValuePath): number {
    for (let length = path.length; length > 0; length--) {
      const offset = this.#offsetOf(path.slice(0, length));
      if (offset !== undefined) return this.#lines.linePos(offset).line;
    }
    return 1;
  }

  #expand(outer: OuterVariables): void {
    const { variables, node } = this.#variables(outer);
    visit(this.#document, {
      Scalar: (_key, scalar) => {
        if (typeof scalar.value !== "string") return;
        const line = this.#lines.linePos(scalar.range?.[0] ?? 0).line;
        scalar.value = expandVariables(scalar.value, variables, (reason) =>
          this.#errorAt(line, this.#reasonOf(reason)),
        );
      },
      // These were expanded one after the other.
      Map: (_key, map) => (map === node ? visit.SKIP : undefined),
    });
  }

  /** The variables of the document. Each may use those above it. */
  #variables({ given, environment }: OuterVariables): { variables: VariableLookup; node: unknown } {
    const node = this.#document.get("variables", true);
    const own = new Map<string, string>();
    const variables = (name: string): string | undefined =>
      given.get(name) ?? own.get(name) ?? (this.#isRemote ? undefined : environment(name));
    if (node === undefined) return { variables, node };
    if (!isMap(node)) throw this.error(["variables"], "variables must be a map of names and values");
    for (const { key, value } of node.items) {
      const name = String(isScalar(key) ? key.value : key);
      const content: unknown = isScalar(value) ? value.value : value;
      const fail = (reason: string): CliError => this.error(["variables", name], reason);
      if (!isVariableName(name)) throw fail(`${JSON.stringify(name)} cannot name a variable`);
      if (content === null || content === "") throw fail(emptyVariable(name));
      if (typeof content === "object") throw fail(`variable ${name} must be a single value`);
      const failOther = (reason: string): CliError => fail(this.#reasonOf(reason));
      own.set(name, expandVariables(String(content), variables, failOther));
    }
    return { variables, node };
  }

  /** Why a variable could not be used. */
  #reasonOf(reason: string): string {
    return this.#isRemote
      ? `${reason}; of a URL, --variable alone gives those that it has not itself`
      : reason;
  }

  #readContent(): ReadonlyMap<string, unknown> {
    try {
      const content = withTextKeys(this.#document.toJS({ mapAsMap: true, maxAliasCount: maxAliases }));
      if (content instanceof Map) return content as ReadonlyMap<string, unknown>;
    } catch (error) {
      throw this.#errorAt(1, error instanceof Error ? error.message : String(error));
    }
    throw this.#errorAt(1, "it must be a map of keys such as nodes, relays and tcp-inlets");
  }

  #offsetOf(path: ValuePath): number | undefined {
    const parent = this.#document.getIn(path.slice(0, -1), true);
    const key = path.at(-1);
    if (isMap(parent)) {
      const pair = parent.items.find(
        (item) => String(isScalar(item.key) ? item.key.value : item.key) === key,
      );
      return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
    }
    const node: unknown = this.#document.getIn(path, true);
    return isNode(node) ? node.range?.[0] : undefined;
  }

  #syntaxError({ code, pos, message }: YAMLError, text: string): CliError {
    const isDuplicate = code === "DUPLICATE_KEY";
    const key = text.slice(pos[0]).match(/^[^:\s]+/)?.[0] ?? "a key";
    return this.#errorAt(this.#lines.linePos(pos[0]).line, isDuplicate ? `${key} is there twice` : message);
  }

  #errorAt(line: number, reason: string): CliError {
    return new CliError("CONFIGURATION_INVALID", `Cannot use ${this.#source}, line ${line}: ${reason}`);
  }
}

/** Numbers and truth values are text: `0042` and `12e3` are names as they are written, and options are read from text. */
function withoutNumbers(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === "string" || !/:(?:int|float|bool)$/.test(tag.tag));
}

/** The same value; keys are text, also those that hold nothing. */
function withTextKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTextKeys);
  if (!(value instanceof Map)) return value;
  return new Map([...value].map(([key, item]) => [String(key), withTextKeys(item)]));
}
