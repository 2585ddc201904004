/** What the user gave to a command: its arguments and options by name, unparsed. */
export class CommandInput {
  readonly #args: ReadonlyMap<string, string | readonly string[]>;
  readonly #options: Readonly<Record<string, unknown>>;

  /** @param options the values by their long flag without dashes: `no-connection-wait` */
  constructor(
    args: ReadonlyMap<string, string | readonly string[]>,
    options: Readonly<Record<string, unknown>>,
  ) {
    this.#args = args;
    this.#options = options;
  }

  /** A positional argument by the name in its syntax, or nothing when it was left out. */
  argument(name: string): string | undefined {
    const value = this.#args.get(name);
    return typeof value === "string" ? value : undefined;
  }

  /** A positional argument that must be there: the parser has seen to it. */
  requiredArgument(name: string): string {
    return this.argument(name) ?? missing(`argument ${name}`);
  }

  /** The values of an argument such as `[names...]`. */
  argumentList(name: string): readonly string[] {
    const value = this.#args.get(name);
    return Array.isArray(value) ? (value as readonly string[]) : [];
  }

  /** An option's value by its long flag without dashes: `text("tcp-listener-address")`. */
  text(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === "string" ? value : undefined;
  }

  /** The value of an option with `required` or `default`. */
  requiredText(name: string): string {
    return this.text(name) ?? missing(`option --${name}`);
  }

  /** The values of a repeatable option, in order. */
  texts(name: string): readonly string[] {
    const value = this.#options[name];
    return Array.isArray(value) ? (value as readonly string[]) : [];
  }

  /** Whether a flag was given: `flag("all")`, `flag("no-connection-wait")`. */
  flag(name: string): boolean {
    return this.#options[name] === true;
  }
}

function missing(what: string): never {
  throw new TypeError(`The command's definition does not make ${what} required`);
}
