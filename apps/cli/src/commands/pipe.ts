import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import { Readable } from "node:stream";
import { CulvertError, type Route } from "@x/core";
import type { ByteStream } from "@x/stream";
import type { PipeParams } from "../control/operation-types.js";
import type { Command } from "../framework/command.js";
import type { CommandContext } from "../framework/context.js";
import { writeStandardOutput } from "../output/standard-output.js";
import type { LazyRegistry } from "../registry/registry.js";
import type { RouteParam } from "../registry/schemas.js";
import { readOutletRoute } from "../resources/options/outlet-route.js";
import { explainRouteFailure } from "../resources/options/route-failure.js";
import { parseDuration } from "../syntax/duration.js";
import { parseNodeName } from "../syntax/names.js";

export function createCommand(registry: LazyRegistry): Command {
  return {
    description:
      "What comes in on standard input goes to the target of the outlet, and what the target sends goes to standard output, byte by byte; each direction ends by itself. It opens no port, so programs that speak over pipes reach far ones: ssh with ProxyCommand, rsync and git by that, or a server of the Model Context Protocol.",
    arguments: [
      { syntax: "<route>", description: "The route to the outlet, or the outlet's address with --via" },
    ],
    options: [
      {
        flags: "-f, --from <node>",
        description: "The node the route begins at; a temporary one inside the command when left out",
      },
      {
        flags: "--via <relay>",
        description: "A relay that the route leads through: its name, or a route to it; none when left out",
      },
      {
        flags: "--timeout <duration>",
        description: "Longest wait for the outlet's answer; CULVERT_DEFAULT_TIMEOUT when left out",
      },
    ],
    examples: [
      "pipe /node/n2/service/outlet",
      "pipe ssh --via n3 --from n1",
      "pipe /ip4/10.0.0.1/tcp/7000/service/forward_to_n3/service/outlet",
    ],
    async run(context, input) {
      const from = input.text("from");
      const node = from === undefined ? undefined : await context.node(parseNodeName(from));
      const to = input.requiredArgument("route");
      const route = await readOutletRoute(context, { to, via: input.text("via"), node });
      const timeout = input.text("timeout");
      const timeoutMs =
        timeout === undefined ? context.environment.defaultTimeoutMs : parseDuration(timeout, "--timeout");
      try {
        await pipe(context, registry, { node, route, timeoutMs });
      } catch (error) {
        throw await explainRouteFailure(error, context, { route, from: node });
      }
      return undefined;
    },
  };
}

interface PipeWay {
  readonly node: string | undefined;
  readonly route: RouteParam;
  readonly timeoutMs: number;
}

async function pipe(context: CommandContext, registry: LazyRegistry, way: PipeWay): Promise<void> {
  const [{ createNodeRuntime }, { failureOfPipe, openPipe }] = await Promise.all([
    import("../runtime/node-runtime.js"),
    import("../runtime/routes/pipes.js"),
  ]);
  const { timeoutMs } = way;
  const params = { route: await routeOf(context, way), timeoutMs };
  const { signal } = context;
  await using runtime = await createNodeRuntime({ name: "temporary", registry: await registry() });
  await using opened = await openPipe(runtime.context, params, { signal });
  const { stream } = opened;
  const giveUp = (): void => stream.reset("its user gave up");
  signal.addEventListener("abort", giveUp);
  try {
    await join(stream);
  } catch (error) {
    if (signal.aborted) throw new CulvertError("ABORTED", "Cannot go on with the pipe: it was interrupted");
    stream.reset("the command that used it failed");
    throw failureOfPipe(error);
  }
}

/** The way from the command. Where it begins at a node, that node lends an address, and leads on with its own rights. */
async function routeOf(context: CommandContext, { node, route, timeoutMs }: PipeWay): Promise<Route> {
  if (node === undefined) return route.hops;
  const params: PipeParams = { route: route.hops, timeoutMs };
  const { address } = await context.control(node).call("pipe.open", params, { signal: context.signal });
  return [await context.nodeAddress(node), address];
}

/** Resolves when both directions are through. */
async function join(stream: ByteStream): Promise<void> {
  const there = Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>;
  await Promise.all([
    there.pipeTo(stream.writable, { preventAbort: true, preventCancel: true }),
    writeAll(stream.readable),
  ]);
  await stream.closed;
}

async function writeAll(readable: ReadableStream<Uint8Array>): Promise<void> {
  for await (const bytes of readable as unknown as AsyncIterable<Uint8Array>)
    await writeStandardOutput(bytes);
  endStandardOutput();
}

/** Whoever reads standard output hears of its end at once, while standard input goes on. */
function endStandardOutput(): void {
  closeSync(process.stdout.fd);
  // Else the next file that is opened would take its number.
  openSync(devNull, "w");
}
