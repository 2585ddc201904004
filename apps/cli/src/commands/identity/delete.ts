import type { Command } from "../../framework/command.js";
import { checkIdentitiesUnused } from "../../node-process/identity-users.js";
import type { LazyRegistry } from "../../registry/registry.js";
import { deleteNamed, deleteOptions } from "../shared/named-things.js";
import { namedIdentities } from "./identity-view.js";

export function createCommand(registry: LazyRegistry): Command {
  return {
    description:
      "Deletes the identity and its key, which cannot be had back. One that a node uses stays: delete that node first.",
    arguments: [
      {
        syntax: "[name...]",
        description: "The identities; the default identity when left out",
        completes: "identity",
      },
    ],
    options: deleteOptions("identities"),
    examples: ["identity delete alice --yes", "identity delete --all --yes"],
    async run(context, input) {
      const kinds = await (await registry()).resources();
      const checkUnused = (names: readonly string[]): void =>
        checkIdentitiesUnused(context.nodes, kinds, names);
      return deleteNamed(context, namedIdentities(await context.identities(), checkUnused), input);
    },
  };
}
