import { cp } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { evaluate, npm, openInstaller } from "./installer.js";

const { add } = await openInstaller();
const users = ["portal-tcp", "relay", "routing", "stream", "transport-kit", "transport-tcp"];
let folder: string;

/** A project in which each package, and the project itself, has a copy of core of its own. */
beforeAll(async () => {
  const names = ["core", ...users].map((name) => `@x/${name}`);
  ({ folder } = await add(npm, names));
  const scope = join(folder, "node_modules", "@x");
  for (const name of users)
    await cp(join(scope, "core"), join(scope, name, "node_modules", "@x", "core"), { recursive: true });
}, 60_000);

const preamble = `
  import { once } from "node:events";
  import { connect, createServer } from "node:net";
  import { CulvertError, isCulvertError, request } from "@x/core";
  import { startInlet, startOutlet } from "@x/portal-tcp";
  import { startRelayClient, startRelayService } from "@x/relay";
  import { createNode, startUppercase } from "@x/routing";
  import { tcp } from "@x/transport-tcp";
  const payload = Buffer.from("hello");
  const near = createNode({ transports: [tcp()] });
  const far = createNode({ transports: [tcp()] });
  startUppercase(far, { exposure: "network" });
  const { address } = await far.listen("tcp#127.0.0.1:0");
  const { worker } = await near.connect(address);
  const free = createServer().listen(0, "127.0.0.1");
  await once(free, "listening");
  const nowhere = "127.0.0.1:" + free.address().port;
  free.close();
  const caught = (promise) => promise.then(() => "nothing failed", (error) => error);
  const told = (error) => console.log(JSON.stringify({
    code: error.code,
    isRecognized: isCulvertError(error),
    isOfOurCopy: error instanceof CulvertError,
  }));
`;
const closing = "\nawait Promise.all([near.close(), far.close()]);";

describe("packages that each have a copy of core", () => {
  it("carry messages", async () => {
    const script = `
      const reply = await request(near.own, [worker, "uppercase"], payload);
      console.log(String(Buffer.from(reply.payload)));`;
    expect(await evaluate(folder, preamble + script + closing)).toBe("HELLO");
  });

  it.each([
    ["CONNECTION_REFUSED", "the transport", `told(await caught(near.connect("tcp#" + nowhere)));`],
    [
      "ADDRESS_INVALID",
      "the node",
      `try { near.startWorker(() => {}, { address: "a b" }) } catch (error) { told(error) }`,
    ],
    ["TRANSPORT_NOT_FOUND", "the node", `told(await caught(near.connect("udp#127.0.0.1:1")));`],
    [
      "RELAY_NAME_TAKEN",
      "the relay client",
      `startRelayService(far);
       const relay = (options) => startRelayClient(near, { route: [worker, "relay"], name: "n3", ...options });
       await relay().whenUp();
       const failure = new Promise((resolve) => {
         const second = relay({ onChange: () => second.lastFailure && resolve(second.lastFailure) });
       });
       told(await failure);`,
    ],
    [
      "TARGET_REFUSED",
      "the inlet",
      `const outlet = startOutlet(far, { target: nowhere });
       const inlet = await startInlet(near, { listen: "127.0.0.1:0", routes: [[worker, "outlet"]] });
       const visitor = connect(Number(inlet.where.split(":").at(-1)), "127.0.0.1").resume();
       await new Promise((resolve) => visitor.on("error", () => {}).on("close", resolve));
       told(inlet.lastFailure);
       await Promise.all([inlet.close(), outlet.close()]);`,
    ],
  ])("know %s of %s for an error of Culvert", async (code, _whose, script) => {
    const output = await evaluate(folder, preamble + script + closing);
    expect(JSON.parse(output)).toEqual({ code, isRecognized: true, isOfOurCopy: false });
  });

  it.each([
    ["CONNECTION_REFUSED", `["tcp#" + nowhere, "echo"], payload`],
    ["WORKER_NOT_FOUND", `[worker, "nobody"], payload`],
    ["MESSAGE_TOO_LARGE", `[worker, "uppercase"], Buffer.alloc(2 ** 20 + 1)`],
  ])("answer with %s what could not be delivered", async (code, message) => {
    const script = `told(await caught(request(near.own, ${message}, { timeoutMs: 5_000 })));`;
    const output = await evaluate(folder, preamble + script + closing);
    expect(JSON.parse(output)).toMatchObject({ code, isRecognized: true });
  });
});
