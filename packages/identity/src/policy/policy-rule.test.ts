import { type Fact, isCulvertError, request } from "@x/core";
import { createNode } from "@x/routing";
import { describe, expect, it } from "vitest";
import * as entry from "../index.js";
import { statePeer } from "../inner.js";
import { policyRule } from "./policy-rule.js";

const member = `I${"12".repeat(32)}`;

/** A node with a worker behind a policy, and a door that passes messages on with facts. */
async function asked(expression: string, facts: () => readonly Fact[], now?: () => number): Promise<string> {
  await using node = createNode();
  const access = policyRule(expression, { resource: "echo", ...(now && { now }) });
  node.startWorker((message) => void message.reply(message.payload), {
    address: "echo",
    exposure: "network",
    access,
  });
  node.startWorker((message) => message.forward({ facts: facts() }), {
    address: "door",
    exposure: "network",
  });
  try {
    return (await request(node, ["door", "echo"], "in", { timeoutMs: 5_000 })).text();
  } catch (error) {
    if (isCulvertError(error)) return error.code;
    throw error;
  }
}

describe("policyRule", () => {
  it("lets in whom the facts of a message name", async () => {
    const facts = (): readonly Fact[] => statePeer({ identifier: member });
    expect(await asked(`(= subject.identifier "${member}")`, facts)).toBe("in");
    expect(await asked(`(not (= subject.identifier "${member}"))`, facts)).toBe("ACCESS_DENIED");
    expect(await asked('(= resource "echo")', facts)).toBe("in");
    expect(await asked('(= action "handle_message")', facts)).toBe("in");
  });

  it("takes no message without a proven identity, also not the node's own", async () => {
    expect(await asked('(not (= subject.role "web"))', () => [])).toBe("ACCESS_DENIED");
    expect(await asked('(= "a" "a")', () => [])).toBe("ACCESS_DENIED");
    const credential = { attributes: { role: "web" }, expiresAtMs: Number.MAX_SAFE_INTEGER };
    const [, ...withoutIdentity] = statePeer({ identifier: member, credential });
    expect(withoutIdentity).toHaveLength(1);
    expect(await asked('(= subject.role "web")', () => withoutIdentity)).toBe("ACCESS_DENIED");
  });

  it("counts a credential until the millisecond in which it ends", async () => {
    const credential = { attributes: { role: "web" }, expiresAtMs: 1_000 };
    const facts = (): readonly Fact[] => statePeer({ identifier: member, credential });
    expect(await asked('(= subject.role "web")', facts, () => 999)).toBe("in");
    expect(await asked('(= subject.role "web")', facts, () => 1_000)).toBe("ACCESS_DENIED");
    expect(await asked('(not (= subject.role "db"))', facts, () => 1_000)).toBe("ACCESS_DENIED");
  });

  it("refuses a wrong expression when it is made", () => {
    expect(() => policyRule("component.db or", { resource: "echo" })).toThrow(
      "invalid value 'component.db or': successfully parsed: `component.db`, but ` or` cannot be parsed",
    );
  });
});

describe("the main entry", () => {
  it("reads facts about peers, and has nothing that states them", () => {
    expect(entry.peerIdentity.name).toBe("peer identity");
    expect(entry.peerCredential.name).toBe("peer credential");
    expect(Object.keys(entry).filter((name) => /state|Owner/.test(name))).toEqual([]);
  });
});
