import { CulvertError, isCulvertError } from "@x/core";
import type { Command } from "../../framework/command.js";
import { formatBlock } from "../../output/blocks.js";
import { parseNodeName } from "../../syntax/names.js";
import { credentialOptions, readCredential } from "./credential-input.js";
import { credentialBlock, storedCredentialView } from "./credential-view.js";

export const command: Command = {
  description:
    "Nodes show it for the identity that it is about, from their next handshake on. It takes the place of the one that its issuer gave before.",
  options: [
    ...credentialOptions,
    { flags: "--at <node>", description: "The node that it is for; all nodes when left out" },
    { flags: "--scope <scope>", description: "For nodes with this --credential-scope", default: "default" },
  ],
  examples: ["credential store --issuer I90a2… --credential-path credential"],
  async run(context, input) {
    const { nodes, terminal } = context;
    const at = input.text("at");
    const node = at === undefined ? undefined : parseNodeName(at);
    if (node !== undefined) nodes.check(node);
    const identities = await context.identities();
    const credential = await readCredential(identities, input).catch(notVerified);
    if (!identities.own().includes(credential.subject)) {
      terminal.warn(`No identity of this home can use it: it is about ${credential.subject}`);
    }
    const scope = input.requiredText("scope");
    const stored = await identities.credentials.store(credential, {
      scope,
      ...(node === undefined ? {} : { node }),
    });
    const view = storedCredentialView(stored);
    return { plain: formatBlock(credentialBlock(view)), json: view };
  },
};

function notVerified(error: unknown): never {
  if (!isCulvertError(error)) throw error;
  throw new CulvertError(error.code, `Credential is not verified: ${error.message}`, { cause: error });
}
