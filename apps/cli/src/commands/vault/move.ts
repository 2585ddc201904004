import type { Command } from "../../framework/command.js";
import { vaultView } from "./vault-view.js";

export const command: Command = {
  description:
    "Gives the vault another folder on the same file system. One that was moved there by hand is taken as it is. The default vault cannot be moved.",
  arguments: [{ syntax: "<name>", description: "The vault", completes: "vault" }],
  options: [{ flags: "--path <folder>", description: "Its new folder", required: true }],
  examples: ["vault move v2 --path /media/key/vault"],
  async run(context, input) {
    const { vaults } = await context.identities();
    const name = input.requiredArgument("name");
    const vault = await vaults.move(name, input.requiredText("path"));
    const plain = `${context.terminal.resultStyle.green("✔")} Vault ${name} is in ${vault.path}`;
    return { plain, machine: vault.path, json: await vaultView(vaults, vault) };
  },
};
