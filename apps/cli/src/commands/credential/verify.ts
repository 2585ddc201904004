import { isCulvertError } from "@x/core";
import type { Command } from "../../framework/command.js";
import { credentialOptions, readCredential } from "./credential-input.js";

export const command: Command = {
  description:
    "Prints true when the issuer signed the credential and it is good now, else false, and why on standard error.",
  options: credentialOptions,
  examples: ["credential verify --issuer I90a2… --credential-path credential"],
  async run(context, input) {
    const isVerified = await readCredential(await context.identities(), input).then(
      () => true,
      (error: unknown) => {
        if (!isCulvertError(error)) throw error;
        context.terminal.note(error.message);
        return false;
      },
    );
    return { machine: String(isVerified), json: isVerified };
  },
};
