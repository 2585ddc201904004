import { complete } from "../completion/complete.js";
import { filesMark, type Shell, shellScripts, shells } from "../completion/shell-scripts.js";
import { formatCandidate, joinBashWords } from "../completion/shell-words.js";
import type { Command } from "../framework/command.js";

export const command: Command = {
  description:
    "Prints a script that makes a shell complete commands, options, nodes and routes of culvert.\n\n  bash  source <(culvert completion --shell bash)         in ~/.bashrc\n  zsh   source <(culvert completion --shell zsh)          in ~/.zshrc\n  fish  culvert completion --shell fish | source          in ~/.config/fish/config.fish",
  // What the scripts ask for: they give the words before the cursor.
  arguments: [{ syntax: "[words...]", description: "Not for people: what the script gives" }],
  options: [
    { flags: "--shell <shell>", description: "The shell", choices: shells, required: true },
    { flags: "--candidates", description: "Print what the last word can become", hidden: true },
  ],
  examples: ["completion --shell bash"],
  async run({ nodes }, input) {
    const shell = input.requiredText("shell") as Shell;
    if (!input.flag("candidates")) return { machine: shellScripts[shell] };
    const given = input.argumentList("words");
    const { words, cut } = shell === "bash" ? joinBashWords(given) : { words: given, cut: 0 };
    const completion = await complete(words, () => nodes.list().map(({ name }) => name));
    if (completion === "files") return { machine: filesMark };
    if (completion.length === 0) return undefined;
    return { machine: completion.map((candidate) => formatCandidate(candidate, shell, cut)).join("\n") };
  },
};
