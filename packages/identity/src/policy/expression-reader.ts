import { CulvertError } from "@x/core";
import { maxExpressionDepth, maxExpressionLength } from "../limits.js";

/** How much of a wrong expression an error repeats, in characters. */
const shownLength = 256;

/**
 * How deep reading may go, whatever the levels of the expression turn out to be: parentheses of the short form are none, and a full
 * form is tried as a short one first.
 */
const maxReadDepth = 4 * maxExpressionDepth;

/** Goes through the text of an expression. White space in front of anything is skipped. */
export class ExpressionReader {
  readonly #text: string;
  #depth = 0;
  /** Where it is, in characters from the beginning. Set it back to try something else. */
  offset = 0;

  /** @throws CulvertError POLICY_INVALID for a text that is too long */
  constructor(text: string) {
    this.#text = text;
    if (text.length > maxExpressionLength) {
      throw this.error(`it has ${text.length} characters: limit is ${maxExpressionLength}`);
    }
  }

  /** Takes what a pattern matches right here; nothing when it does not. */
  take(pattern: RegExp): string | undefined {
    const sticky = new RegExp(`\\s*(${pattern.source})`, "y");
    sticky.lastIndex = this.offset;
    const match = sticky.exec(this.#text);
    if (match === null) return undefined;
    this.offset = sticky.lastIndex;
    return match[1];
  }

  /** Takes what a pattern matches. @throws CulvertError POLICY_INVALID naming what was expected */
  expect(pattern: RegExp, what: string): string {
    const taken = this.take(pattern);
    if (taken === undefined) throw this.error(`expected ${what} at character ${this.offset + 1}`);
    return taken;
  }

  /** Reads something that is one level deeper. @throws CulvertError POLICY_INVALID when that is too deep */
  nested<Result>(read: () => Result): Result {
    if (this.#depth >= maxReadDepth) throw this.tooDeep();
    this.#depth++;
    try {
      return read();
    } finally {
      this.#depth--;
    }
  }

  /** Says whether nothing but white space is left. */
  isAtEnd(): boolean {
    return this.#text.slice(this.offset).trim() === "";
  }

  /** The error for what is left when the rest was understood. */
  leftOver(): CulvertError {
    const [parsed, rest] = [this.#text.slice(0, this.offset), this.#text.slice(this.offset)];
    return this.error(
      `successfully parsed: \`${parsed.trim().slice(0, shownLength)}\`, ` +
        `but \`${rest.slice(0, shownLength)}\` cannot be parsed`,
    );
  }

  /** The error for too many levels. */
  tooDeep(): CulvertError {
    return this.error(`it is nested more than ${maxExpressionDepth} levels deep`);
  }

  /** The error for this text. */
  error(why: string): CulvertError {
    const shown = this.#text.slice(0, shownLength);
    return new CulvertError("POLICY_INVALID", `Cannot read policy: invalid value '${shown}': ${why}`);
  }
}
