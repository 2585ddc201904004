import { CliError } from "../cli-error.js";

/** Variables by name. */
export type Variables = ReadonlyMap<string, string>;

/** The value of a variable; nothing when there is none of that name. */
export type VariableLookup = (name: string) => string | undefined;

const nameShape = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Says whether text can name a variable: letters, digits and `_`, not beginning with a digit. */
export function isVariableName(text: string): boolean {
  return nameShape.test(text);
}

/**
 * Reads the values of `--variable`: `KEY=VALUE`.
 *
 * @throws CliError USAGE_INVALID for one that is malformed, empty, or given twice
 */
export function parseVariables(texts: readonly string[]): Variables {
  const variables = new Map<string, string>();
  for (const text of texts) {
    const end = text.indexOf("=");
    const name = end === -1 ? text : text.slice(0, end);
    const problem =
      end === -1 || !isVariableName(name)
        ? "it is not of the form NAME=VALUE"
        : end + 1 === text.length
          ? emptyVariable(name)
          : variables.has(name)
            ? `variable ${name} is given twice`
            : undefined;
    if (problem !== undefined) throw invalidVariable(name, problem);
    variables.set(name, text.slice(end + 1));
  }
  return variables;
}

/**
 * Puts values in the place of `$NAME` and `${NAME}`; `$$` stands for `$`.
 *
 * @param fail makes the error for a variable that is unknown or empty, given its reason
 */
export function expandVariables(
  text: string,
  lookup: VariableLookup,
  fail: (reason: string) => Error,
): string {
  return text.replace(/\$(?:\$|\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g, (whole, braced, bare) => {
    if (whole === "$$") return "$";
    const name = String(braced ?? bare);
    const value = lookup(name);
    if (value === undefined) throw fail(`variable ${name} is unknown`);
    if (value === "") throw fail(emptyVariable(name));
    return value;
  });
}

/** What is said of a variable that holds nothing, wherever it is from. */
export function emptyVariable(name: string): string {
  return `Empty value for variable '${name}'`;
}

function invalidVariable(name: string, problem: string): CliError {
  // The value may be a secret, so only the name is shown.
  return new CliError("USAGE_INVALID", `Cannot use --variable ${name}: ${problem}`, {
    hint: "Give --variable NAME=VALUE",
  });
}
