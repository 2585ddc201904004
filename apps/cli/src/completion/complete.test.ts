import { describe, expect, it } from "vitest";
import { commandTree } from "../command-tree.js";
import { complete } from "./complete.js";

const tree = commandTree();

async function values(line: string): Promise<string[] | "files"> {
  const completion = await complete(line.split(" "), {
    tree,
    homeNames: async (noun) => (noun === "node" ? ["n1", "n2"] : [`${noun}-1`]),
    serviceNames: async (node) => ["echo", `outlet-of-${node}`],
    relays: async () => [{ name: "r2", node: "n2" }],
    thingNames: async (noun, node) => [`${noun}-of-${node ?? "default"}`],
  });
  return completion === "files" ? completion : completion.map(({ value }) => value);
}

describe("complete()", () => {
  it("knows all nouns, and the verbs of each", async () => {
    expect(await values("")).toEqual(Object.keys(await tree.nouns()));
    expect(await values("tcp-")).toEqual(["tcp-inlet", "tcp-outlet", "tcp-connection", "tcp-listener"]);
    expect(await values("--quiet node st")).toEqual(["start", "stop"]);
    expect(await values("route ")).toEqual(["trace"]);
  });

  it("knows the options of a command, and those of every command", async () => {
    expect(await values("tcp-inlet create --c")).toEqual(["--connection-wait", "--compact-output"]);
    expect(await values("--o")).toEqual(["--output"]);
    expect(await values("node create -")).not.toContain("--node-config");
  });

  it("offers an option once, unless it may be repeated", async () => {
    expect(await values("tcp-inlet create --from 1 --fr")).toEqual([]);
    expect(await values("tcp-inlet create --to /x --to")).toEqual(["--to"]);
    expect(await values("message send -t x --to")).toEqual([]);
  });

  it("knows the values of options", async () => {
    expect(await values("node list --output ")).toEqual(["plain", "json"]);
    expect(await values("--output=p")).toEqual(["--output=plain"]);
    expect(await values("service list --at ")).toEqual(["n1", "n2"]);
    expect(await values("message send hi --to /node/")).toEqual([
      "/node/n1",
      "/node/n1/service/",
      "/node/n2",
      "/node/n2/service/",
    ]);
    expect(await values("tcp-inlet create --from ")).toEqual([]);
    expect(await values("identity create --vault ")).toEqual(["vault-1"]);
    expect(await values("credential issue --as=")).toEqual(["--as=identity-1"]);
    expect(await values("credential verify --credential-path ")).toBe("files");
    expect(await values("completion --shell ")).toEqual(["bash", "zsh", "fish"]);
  });

  it("knows what arguments name", async () => {
    expect(await values("node delete ")).toEqual(["n1", "n2"]);
    expect(await values("node delete --yes n")).toEqual(["n1", "n2"]);
    expect(await values("node delete n1 ")).toEqual(["n2"]);
    expect(await values("node rm n1 n2 ")).toEqual([]);
    expect(await values("node show n1 ")).toEqual([]);
    expect(await values("route trace /node/n1")).toEqual(["/node/n1", "/node/n1/service/"]);
    expect(await values("run ")).toBe("files");
    expect(await values("node create ./")).toBe("files");
    expect(await values("node create n")).toEqual([]);
    expect(await values("identity rotate ")).toEqual(["identity-1"]);
    expect(await values("vault move v")).toEqual(["vault-1"]);
    expect(await values("tcp-inlet show ")).toEqual(["tcp-inlet-of-default"]);
    expect(await values("relay delete --at n2 -y ")).toEqual(["relay-of-n2"]);
    expect(await values("udp-listener show --at=n1 u")).toEqual(["udp-listener-of-n1"]);
  });

  it.each(["nod create ", "node crate ", "node create --no-such x ", "__proto__ ", "node constructor -- "])(
    "offers nothing, or goes on, behind %j",
    async (line) => {
      expect(await values(line)).toEqual([]);
    },
  );

  it("offers no options behind --", async () => {
    expect(await values("node delete -- -")).toEqual([]);
  });

  it("knows what the nodes along a route have", async () => {
    expect(await values("message send x --to /node/n2/")).toEqual(["/node/n2/service/"]);
    expect(await values("message send x --to /node/n2/service/o")).toEqual(["/node/n2/service/outlet-of-n2"]);
    expect(await values("message send x --from n1 --to /service/")).toEqual([
      "/service/echo",
      "/service/outlet-of-n1",
    ]);
    const behind = "/node/n1/service/forward_to_r2/";
    expect(await values(`pipe ${behind}`)).toEqual([`${behind}service/`]);
    expect(await values(`pipe ${behind}service/out`)).toEqual([`${behind}service/outlet-of-n2`]);
    expect(await values("tcp-inlet create --to=/node/n1/service/hop/service/e")).toEqual([
      "--to=/node/n1/service/hop/service/echo",
    ]);
    expect(await values("pipe /node/n1/service/forward_to_r9/service/")).toEqual([]);
    expect(await values("pipe /ip4/10.0.0.1/tcp/7000/service/")).toEqual([]);
    expect(await values("pipe --from n1 /ip4/10.0.0.1/tcp/7000/service/")).toEqual([]);
    expect(await values("tcp-inlet create --via ")).toEqual(["r2"]);
  });
});
