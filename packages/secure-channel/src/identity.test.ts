import { type Message, request } from "@x/core";
import {
  type Credential,
  CredentialStore,
  channelIdentity,
  createIdentity,
  credentialChecker,
  identityChecker,
  issueCredential,
  memoryVault,
  type OwnIdentity,
  peerIdentity,
  policyRule,
  rotateIdentity,
  verifyCredential,
} from "@x/identity";
import { statePeer } from "@x/identity/inner";
import { describe, expect, it } from "vitest";
import { place } from "../test-support/nodes.js";
import { type ChannelTrust, onlyIdentifiers } from "./index.js";
import { openChannel, startChannelListener } from "./node.js";

const vault = memoryVault();

/** What an end with a real identity says and asks; it trusts one authority. */
function trustOf(identity: OwnIdentity, authority: OwnIdentity, credential?: Credential): ChannelTrust {
  const credentials = new CredentialStore();
  if (credential !== undefined) credentials.put(credential);
  return {
    identity: channelIdentity(identity),
    identities: identityChecker(),
    authorize: () => undefined,
    credentials,
    credentialChecker: credentialChecker({ issuers: [authority.identifier] }),
    facts: (peer) => statePeer(peer),
  };
}

describe("a channel between identities", () => {
  it("lets a policy decide by identity and credential at every message", async () => {
    const { node } = place();
    const [near, far] = [node(), node()];
    const [authority, member, server] = await Promise.all([1, 2, 3].map(() => createIdentity(vault)));
    if (authority === undefined || member === undefined || server === undefined)
      throw new Error("no identity");
    const issued = await issueCredential(authority, member.identifier, { attributes: { role: "web" } });
    const web = await verifyCredential(issued, {
      issuers: [authority.identifier],
      subject: member.identifier,
    });
    startChannelListener(far, "api", trustOf(server, authority));
    const whoAsks = (message: Message): void =>
      void message.reply(message.origin.fact(peerIdentity) ?? "nobody");
    for (const role of ["web", "db"]) {
      const access = policyRule(`(= subject.role "${role}")`, { resource: role, action: "handle_message" });
      far.startWorker(whoAsks, { address: role, exposure: "network", access });
    }
    await far.listen("memory#far");
    const channel = await openChannel(near.own, ["memory#far", "api"], {
      ...trustOf(member, authority, web),
      authorize: onlyIdentifiers([server.identifier]),
    });
    expect(channel.peer.identifier).toBe(server.identifier);
    expect((await request(near, [channel.address, "web"], "")).text()).toBe(member.identifier);
    const denied = expect.objectContaining({ code: "ACCESS_DENIED", hop: "db" });
    await expect(request(near, [channel.address, "db"], "")).rejects.toEqual(denied);
    // Without the channel nobody is proved to be anybody.
    const outside = expect.objectContaining({ code: "ACCESS_DENIED", hop: "web" });
    await expect(request(near.own, ["memory#far", "web"], "")).rejects.toEqual(outside);
  });

  it("knows an identity whose keys were rotated, and refuses another one", async () => {
    const { node } = place();
    const [near, far] = [node(), node()];
    const first = await createIdentity(vault);
    const [authority, stranger, dialler] = await Promise.all([1, 2, 3].map(() => createIdentity(vault)));
    if (authority === undefined || stranger === undefined || dialler === undefined)
      throw new Error("no identity");
    const rotated = await rotateIdentity(vault, first);
    startChannelListener(far, "api", trustOf(rotated, authority));
    startChannelListener(far, "other", trustOf(stranger, authority));
    await far.listen("memory#far");
    const trust = { ...trustOf(dialler, authority), authorize: onlyIdentifiers([first.identifier]) };
    const channel = await openChannel(near.own, ["memory#far", "api"], trust);
    expect(channel.peer.identifier).toBe(first.identifier);
    await expect(openChannel(near.own, ["memory#far", "other"], trust)).rejects.toMatchObject({
      code: "CHANNEL_REFUSED",
    });
  });
});
