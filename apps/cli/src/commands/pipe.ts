import { closeSync, openSync, readSync, statSync } from "node:fs";
import { devNull } from "node:os";
import { Readable } from "node:stream";
import { CulvertError, type Route } from "@x/core";
import type { ByteStream } from "@x/stream";
import { Ticket } from "../authority/ticket.js";
import type { PipeParams } from "../control/operation-types.js";
import type { Command } from "../framework/command.js";
import type { CommandContext } from "../framework/context.js";
import { writeStandardOutput } from "../output/standard-output.js";
import type { LazyRegistry } from "../registry/registry.js";
import type { RouteParam } from "../registry/schemas.js";
import { readOutletRoute } from "../resources/options/outlet-route.js";
import { explainRouteFailure } from "../resources/options/route-failure.js";
import type { NodeRuntime } from "../runtime/node-runtime.js";
import { parseDuration } from "../syntax/duration.js";
import { parseNodeName } from "../syntax/names.js";
import { readTicket } from "./shared/read-ticket.js";

export function createCommand(registry: LazyRegistry): Command {
  return {
    description:
      "What comes in on standard input goes to the target of the outlet, and what the target sends goes to standard output, byte by byte; each direction ends by itself. It opens no port, so programs that speak over pipes reach far ones: ssh with ProxyCommand, rsync and git by that, or a server of the Model Context Protocol.",
    arguments: [
      {
        syntax: "[route]",
        description:
          "The route to the outlet, or its address with --via; or the ticket of a share: a file with it, or CULVERT_TICKET when left out",
      },
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
        flags: "--service <name>",
        description: "Of a share with several services, which; the only one when left out",
      },
      {
        flags: "--timeout <duration>",
        description: "Longest wait for the outlet's answer; CULVERT_DEFAULT_TIMEOUT when left out",
      },
    ],
    examples: [
      "pipe /node/n2/service/outlet",
      "pipe ssh --via n3 --from n1",
      "pipe ./ticket",
      "pipe /ip4/10.0.0.1/tcp/7000/service/forward_to_n3/service/outlet",
    ],
    async run(context, input) {
      const timeout = input.text("timeout");
      const timeoutMs =
        timeout === undefined ? context.environment.defaultTimeoutMs : parseDuration(timeout, "--timeout");
      const to = input.argument("route");
      if (to === undefined || isTicket(to)) {
        const ticket = await readTicket(context, "pipe", to);
        const service = input.text("service");
        await pipeShare(context, registry, { ticket, timeoutMs, ...(service !== undefined && { service }) });
        return undefined;
      }
      const from = input.text("from");
      const node = from === undefined ? undefined : await context.node(parseNodeName(from));
      const route = await readOutletRoute(context, { to, via: input.text("via"), node });
      try {
        await pipe(context, registry, { node, route, timeoutMs });
      } catch (error) {
        throw await explainRouteFailure(error, context, { route, from: node });
      }
      return undefined;
    },
  };
}

/** How much of a file tells a ticket, in bytes. */
const ticketBeginning = 16;

/** A ticket itself, or a file that begins as tickets do. */
function isTicket(text: string): boolean {
  if (Ticket.isLike(text)) return true;
  let file: number | undefined;
  try {
    // What is read from a pipe is gone, so nobody looks: a route is none.
    if (!statSync(text).isFile()) return !statSync(text).isDirectory();
    file = openSync(text, "r");
    const beginning = Buffer.alloc(ticketBeginning);
    readSync(file, beginning, 0, ticketBeginning, 0);
    return Ticket.isLike(beginning.toString("latin1"));
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

async function pipeShare(
  context: CommandContext,
  registry: LazyRegistry,
  wanted: { readonly ticket: Ticket; readonly service?: string; readonly timeoutMs: number },
): Promise<void> {
  const { wayToShare } = await import("../share/pipe-share.js");
  await using way = await wayToShare(context, registry, wanted);
  await joinRoute(context, way.runtime, { route: way.route, timeoutMs: wanted.timeoutMs });
}

interface PipeWay {
  readonly node: string | undefined;
  readonly route: RouteParam;
  readonly timeoutMs: number;
}

async function pipe(context: CommandContext, registry: LazyRegistry, way: PipeWay): Promise<void> {
  const { temporaryRuntime } = await import("../runtime/temporary-runtime.js");
  const params = { route: await routeOf(context, way), timeoutMs: way.timeoutMs };
  await using runtime = await temporaryRuntime(context, registry);
  await joinRoute(context, runtime, params);
}

async function joinRoute(context: CommandContext, runtime: NodeRuntime, params: PipeParams): Promise<void> {
  const { failureOfPipe, openPipe } = await import("../runtime/routes/pipes.js");
  const { signal } = context;
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
