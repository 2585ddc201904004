import { cleanPeerText } from "@x/core";

/**
 * What a command answers, in up to three forms.
 * On a terminal the first there is of plain, machine, json is printed; elsewhere the first of machine, json, plain.
 */
export interface Result {
  /** For people; may have several lines. A function where making it takes time that others need not spend, or the form counts. */
  readonly plain?: string | ((form: PlainForm) => Promise<string>);
  /** The one value a script wants: a name, an address. */
  readonly machine?: string;
  /** Plain JSON data. */
  readonly json?: unknown;
  /** What is wrong with the thing the result tells of: told after the result, and decides the exit code. */
  readonly failure?: unknown;
}

/** For whom the form for people is. */
export type PlainForm = Pick<ResultOptions, "isTerminal">;

/** How the user wants results. */
export interface ResultOptions {
  /** The form `--output` asks for. `--jq` asks for JSON too, and so does `--compact-output` where no form is asked for. */
  readonly output: "plain" | "json" | undefined;
  /** A jq filter for the JSON form. */
  readonly jq: string | undefined;
  /** One line of JSON. */
  readonly compactOutput: boolean;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
}

/** The text of a result in the form asked for, without the last line end; nothing when there is nothing to print. */
export async function renderResult(result: Result, options: ResultOptions): Promise<string | undefined> {
  const asksForJson = options.output === undefined ? options.compactOutput : options.output === "json";
  const wantsJson = asksForJson || options.jq !== undefined;
  if (wantsJson && result.json !== undefined) return renderJson(result.json, options);
  const json = (): Promise<string> | undefined =>
    result.json === undefined ? undefined : renderJson(result.json, options);
  const plain = (): Promise<string> | string | undefined =>
    typeof result.plain === "function" ? result.plain(options) : result.plain;
  if (options.output === "plain" || options.isTerminal)
    return (await plain()) ?? result.machine ?? (await json());
  return result.machine ?? (await json()) ?? (await plain());
}

const indent = 2;

async function renderJson(value: unknown, options: ResultOptions): Promise<string> {
  const write = (json: unknown): string =>
    escapeUnprintable(JSON.stringify(json, null, options.compactOutput ? 0 : indent));
  if (options.jq === undefined) return write(value);
  const { filterJson } = await import("./jq.js");
  const outputs = await filterJson(value, options.jq);
  return outputs
    .map((output) => (typeof output === "string" ? rawText(output, options) : write(output)))
    .join("\n");
}

/** What a filter gives as text is the text itself. It may be a peer's: scripts get it as it is, and terminals nothing they obey. */
function rawText(text: string, { isTerminal }: ResultOptions): string {
  return isTerminal ? text.split("\n").map(cleanPeerText).join("\n") : text;
}

/** The same JSON without characters that terminals obey and JSON has as they are, such as C1 codes; all are in strings. */
function escapeUnprintable(json: string): string {
  const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return json.replace(/[\u007f-\u009f\u2028\u2029\p{Cf}]/gu, (character) =>
    character.split("").map(escapeUnit).join(""),
  );
}
