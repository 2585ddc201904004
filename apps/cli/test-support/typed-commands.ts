import { commandTree } from "../src/command-tree.js";
import { type Command, isVerb, type VerbEntry, verbsOf } from "../src/framework/command.js";

/** A command, and what is typed for it. */
export interface Typed {
  readonly words: string;
  readonly command: Command;
  readonly entry: VerbEntry;
}

// A home that has no transports of its own.
process.env.CULVERT_HOME = "/nonexistent";

/** Every command there is in a home without transports of its own. */
export async function allCommands(): Promise<readonly Typed[]> {
  const typed: Typed[] = [];
  for (const [noun, entry] of Object.entries(await commandTree().nouns())) {
    const verbs = isVerb(entry) ? { "": entry } : await verbsOf(entry);
    for (const [verb, verbEntry] of Object.entries(verbs)) {
      const { command } = await verbEntry.load();
      typed.push({ words: `${noun} ${verb}`.trim(), command, entry: verbEntry });
    }
  }
  return typed;
}

/** The words of an example as a shell reads them, up to what it does with files and other commands. */
export function wordsOf(example: string): readonly string[] {
  const words = [...example.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)];
  const end = words.findIndex(([whole]) => /^[<>|#]/.test(whole));
  return words
    .slice(0, end === -1 ? words.length : end)
    .map(([, ...forms]) => forms.find((form) => form !== undefined) ?? "");
}
