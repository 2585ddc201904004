import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import type { CommandContext } from "../../framework/context.js";
import type { CommandInput } from "../../framework/input.js";
import { parseName } from "../../syntax/names.js";
import { vaultView } from "./vault-view.js";

export const command: Command = {
  description:
    "A vault is a folder with the keys of identities, open to the user alone; with a passphrase they are sealed too. The first one is the default.",
  arguments: [{ syntax: "[name]", description: "Its name; two random words when left out" }],
  options: [
    { flags: "--path <folder>", description: "Its folder; one in CULVERT_HOME when left out" },
    { flags: "--passphrase", description: "Seal it with a passphrase, which is asked for" },
    {
      flags: "--passphrase-file <file>",
      description:
        "Seal it with the passphrase in this file; - for standard input, /dev/fd/3 for a descriptor; CULVERT_PASSPHRASE_FILE when left out",
    },
  ],
  examples: [
    "vault create",
    "vault create v1 --passphrase",
    "vault create v2 --path /media/key/vault --passphrase-file ~/.vault-passphrase",
  ],
  async run(context, input) {
    const { twoWords } = await import("../../syntax/two-words.js");
    const { vaults } = await context.identities();
    const given = input.argument("name");
    const taken = vaults.list().map((vault) => vault.name);
    const name =
      given === undefined ? twoWords("vault", (free) => taken.includes(free)) : parseName("vault", given);
    const path = input.text("path");
    const passphrase = await newPassphrase(context, input, name);
    const vault = await vaults.create({
      name,
      ...(path === undefined ? {} : { path }),
      ...(passphrase === undefined ? {} : { passphrase }),
    });
    const { green, bold } = context.terminal.resultStyle;
    const plain = `${green("✔")} Vault ${bold(name)} is in ${vault.path}`;
    return { plain, machine: name, json: await vaultView(vaults, vault) };
  },
};

async function newPassphrase(
  { terminal }: CommandContext,
  input: CommandInput,
  name: string,
): Promise<string | undefined> {
  const file = input.text("passphrase-file");
  if (file === undefined && !input.flag("passphrase")) return undefined;
  if (file !== undefined && input.flag("passphrase")) {
    throw new CliError(
      "USAGE_INVALID",
      "Cannot take two passphrases: give one of --passphrase and --passphrase-file",
    );
  }
  const { askNewPassphrase, readPassphraseFile } = await import("../../identities/passphrases.js");
  return file === undefined ? askNewPassphrase(terminal, name) : readPassphraseFile(file);
}
