import { type CommandTree, ownEntry } from "./command.js";
import { globalOptions } from "./global-options.js";

/** Widest line, in characters: what every terminal has. */
const width = 80;

/** The help of the whole command: the nouns to begin with, the names of the others, and a way through. It fits a screen. */
export async function topHelp(tree: CommandTree): Promise<string> {
  const nouns = await tree.nouns();
  const others = Object.keys(nouns).filter((noun) => !tree.mainNouns.includes(noun));
  const wordWidth = Math.max(...tree.mainNouns.map((noun) => noun.length));
  return [
    "Usage: culvert <command> [verb] [options]",
    "",
    "Carry messages and TCP streams between programs that cannot reach each other",
    "",
    "Commands:",
    ...tree.mainNouns.map((noun) => `  ${noun.padEnd(wordWidth)}  ${ownEntry(nouns, noun)?.summary}`),
    ...wrap("  And: ", inShort(others)),
    "",
    "Example: a server on port 9000 of n3, which opens no port, and a client at n1",
    ...tree.story.map((line) => `  culvert ${line}`),
    "",
    ...wrap("Options: ", [...globalOptions.map(({ flags }) => flags), "-h, --help", "-V, --version"], "  "),
    "`culvert <command> --help` tells the rest, with an example for each verb",
  ].join("\n");
}

/** `tcp-listener` and `udp-listener` are `tcp|udp-listener`. */
function inShort(nouns: readonly string[]): readonly string[] {
  const bySuffix = new Map<string, string[]>();
  for (const noun of nouns) {
    const [, prefix = "", suffix = noun] = /^(\w+)-(connection|listener)$/.exec(noun) ?? [];
    bySuffix.set(suffix, [...(bySuffix.get(suffix) ?? []), ...(prefix === "" ? [] : [prefix])]);
  }
  return [...bySuffix].map(([suffix, prefixes]) =>
    prefixes.length === 0 ? suffix : `${prefixes.join("|")}-${suffix}`,
  );
}

/** Words behind a title, over as many lines as they take; a word stays whole. */
function wrap(title: string, words: readonly string[], gap = ", "): readonly string[] {
  const lines = [title];
  for (const [index, word] of words.entries()) {
    const last = lines.at(-1) ?? "";
    const text = index === words.length - 1 || gap !== ", " ? word : `${word},`;
    const joined = last === title ? last + text : `${last}${gap === ", " ? " " : gap}${text}`;
    if (joined.length <= width) lines[lines.length - 1] = joined;
    else lines.push(" ".repeat(title.length) + text);
  }
  return lines;
}
