import { type CandidateSource, complete } from "../completion/complete.js";
import { filesMark, type Shell, shellScripts, shells } from "../completion/shell-scripts.js";
import { formatCandidate, joinBashWords } from "../completion/shell-words.js";
import type { Command, CommandTree, HomeNoun } from "../framework/command.js";
import type { CommandContext } from "../framework/context.js";
import type { LazyRegistry, Registry } from "../registry/registry.js";
import { resourceClient } from "../registry/resource-client.js";
import { isHosted, type RelayView } from "../resources/views/relay-view.js";
import type { WorkerView } from "../runtime/views.js";
import { parseNodeName } from "../syntax/names.js";

/** Longest wait for a node's answer, in milliseconds. 500: somebody has just pressed a key. */
const answerTimeoutMs = 500;

/** @param tree what there is to complete */
export function createCommand(registry: LazyRegistry, tree: CommandTree): Command {
  return {
    description:
      "Prints a script that makes a shell complete commands, options, nodes and routes of culvert.\n\n  bash  source <(culvert completion --shell bash)         in ~/.bashrc\n  zsh   source <(culvert completion --shell zsh)          in ~/.zshrc\n  fish  culvert completion --shell fish | source          in ~/.config/fish/config.fish",
    // What the scripts ask for: they give the words before the cursor.
    arguments: [{ syntax: "[words...]", description: "Not for people: what the script gives" }],
    options: [
      { flags: "--shell <shell>", description: "The shell", choices: shells, required: true },
      { flags: "--candidates", description: "Print what the last word can become", hidden: true },
    ],
    examples: ["completion --shell bash"],
    async run(context, input) {
      const shell = input.requiredText("shell") as Shell;
      if (!input.flag("candidates")) return { machine: shellScripts[shell] };
      const given = input.argumentList("words");
      const { words, cut } = shell === "bash" ? joinBashWords(given) : { words: given, cut: 0 };
      const completion = await complete(words, candidateSource(context, await registry(), tree));
      if (completion === "files") return { machine: filesMark };
      if (completion.length === 0) return undefined;
      return { machine: completion.map((candidate) => formatCandidate(candidate, shell, cut)).join("\n") };
    },
  };
}

/** Whoever presses a key wants no error: what cannot be read has no names. */
const homeNames: Readonly<Record<HomeNoun, (context: CommandContext) => Promise<readonly string[]>>> = {
  node: async ({ nodes }) => nodes.names(),
  identity: async ({ identities }) => (await identities()).list().map(({ name }) => name),
  vault: async ({ identities }) => (await identities()).vaults.list().map(({ name }) => name),
};

function candidateSource(context: CommandContext, registry: Registry, tree: CommandTree): CandidateSource {
  const { nodes } = context;
  const options = { timeoutMs: answerTimeoutMs };
  return {
    tree,
    async serviceNames(node) {
      try {
        const workers = await context.control(parseNodeName(node)).call("worker.list", {}, options);
        const isNamed = ({ addr, exposure }: WorkerView): boolean =>
          exposure === "network" && !/^[0-9a-f]{32}$/.test(addr);
        return workers
          .filter(isNamed)
          .map(({ addr }) => addr)
          .sort();
      } catch {
        return [];
      }
    },
    async relays() {
      const running = (await nodes.list().catch(() => [])).filter(({ status }) => status === "running");
      const found = running.map(async ({ name: node }) => {
        const client = resourceClient<RelayView>(context.control(node), "relay");
        const relays = await client.list(options).catch(() => []);
        return relays.filter((relay) => !isHosted(relay)).map(({ name }) => ({ name, node }));
      });
      return (await Promise.all(found)).flat();
    },
    async homeNames(noun) {
      try {
        return await homeNames[noun](context);
      } catch {
        return [];
      }
    },
    async thingNames(noun, node) {
      try {
        const name = node === undefined ? nodes.defaultName() : parseNodeName(node);
        const resource = await registry.resource(noun);
        if (name === undefined || resource === undefined || (await nodes.find(name))?.process === undefined)
          return [];
        const views = await resourceClient<unknown>(context.control(name), noun).list(options);
        return views.map((view) => resource.nameOf(view));
      } catch {
        return [];
      }
    },
  };
}
