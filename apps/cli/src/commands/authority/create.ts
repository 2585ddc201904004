import { type Attributes, createIdentity, isIdentifier, issueCredential, memoryVault } from "@x/identity";
import { defaultCredentialMs, maxCredentialMs } from "../../authority/limits.js";
import { CliError } from "../../cli-error.js";
import type { Command } from "../../framework/command.js";
import { defaultListenerAddress, defaultTransport, listenerOption } from "../../node-process/node-options.js";
import type { LazyRegistry } from "../../registry/registry.js";
import { isJsonObject } from "../../state/json-file.js";
import type { IssuingSettings } from "../../state/node-files.js";
import { parseDuration } from "../../syntax/duration.js";
import { parseName } from "../../syntax/names.js";
import { createdResult } from "../node/create.js";
import { createBackgroundNode, readNewNode } from "../node/new-node.js";

/** The name of the node, and of its identity, when none is given. */
const defaultName = "authority";

export function createCommand(registry: LazyRegistry): Command {
  const listener = listenerOption(defaultTransport);
  return {
    description:
      "Creates a node that issues credentials to its members: those it is told, and those who come with a ticket, see `culvert ticket create`. Nodes that are created with --authority-identity, or on a home that enrolled, believe it.",
    arguments: [{ syntax: "[name]", description: "Name of the node; authority when left out" }],
    options: [
      {
        flags: `-t, --${listener} <host:port>`,
        description: "Where it listens: 0.0.0.0:7000 for other machines",
        default: defaultListenerAddress,
      },
      {
        flags: "--trusted-identities <json>",
        description:
          'Members without a ticket, and what they are: {"I1b0f…": {"role": "web"}}; none when left out',
      },
      {
        flags: "--identity <identity>",
        description: "The authority; made when it is missing",
        default: defaultName,
      },
      {
        flags: "--credential-ttl <duration>",
        description: "How long its credentials are good; members renew them in time",
        default: `${defaultCredentialMs / 60_000}m`,
      },
      {
        flags: "--replace",
        description: "Give up what a stopped authority of that name has, its members too",
      },
    ],
    examples: [
      "authority create --tcp-listener-address 0.0.0.0:7000",
      `authority create --trusted-identities '{"I1b0f…": {"role": "web"}}; none when left out'`,
    ],
    async run(context, input) {
      const identity = parseName("identity", input.requiredText("identity"));
      const trusted = await readTrusted(input.text("trusted-identities") ?? "{}");
      const range = { mostMs: maxCredentialMs };
      const credentialMs = parseDuration(input.requiredText("credential-ttl"), "--credential-ttl", range);
      if (credentialMs < 1000)
        throw new CliError("USAGE_INVALID", "Cannot use --credential-ttl: it is below 1s");
      const identities = await context.identities();
      // The first identity is the default one, which other nodes of this home speak for: the authority's key is for the authority alone.
      if (identities.list().length === 0) await identities.use();
      const name = input.argument("name") ?? defaultName;
      const loaded = await registry();
      const node = await readNewNode(context, loaded, {
        name,
        identity,
        [listener]: input.requiredText(listener),
      });
      const json = await createBackgroundNode(context, loaded, {
        ...node,
        issuing: { credentialMs, trusted },
        replace: input.flag("replace"),
      });
      return createdResult(context, json);
    },
  };
}

/** What no credential can say is refused before a member asks for one. */
async function readTrusted(text: string): Promise<IssuingSettings["trusted"]> {
  const refuse = (why: string): CliError =>
    new CliError("USAGE_INVALID", `Cannot use --trusted-identities: ${why}`, {
      hint: 'Give JSON such as {"I1b0f…": {"role": "web"}}; none when left out',
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse("it is no JSON");
  }
  if (!isJsonObject(value)) throw refuse("it is no object");
  const nobody = await createIdentity(memoryVault());
  for (const [identifier, attributes] of Object.entries(value)) {
    const isSound: boolean = isIdentifier(identifier);
    if (!isSound) throw refuse(`${JSON.stringify(identifier.slice(0, 80))} is no identifier`);
    if (!isJsonObject(attributes)) throw refuse(`what is said of ${identifier} is no object`);
    await issueCredential(nobody, identifier, { attributes: attributes as Attributes }).catch(
      (cause: unknown) => {
        throw refuse(`${identifier}: ${cause instanceof Error ? cause.message : String(cause)}`);
      },
    );
  }
  return value as IssuingSettings["trusted"];
}
