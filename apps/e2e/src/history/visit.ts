import { connect } from "node:net";
import type { SideLog } from "./side-log.js";
import { directionSeed, encodeHeader } from "./stream-header.js";
import type { StreamHistory } from "./stream-history.js";
import type { StreamPlan } from "./stream-plan.js";
import { checkContent, sendContent, type TransferContext, untilClosed, write } from "./transfer.js";

/** Makes one stream through the inlet as planned; resolves when its socket is closed, however it went. */
export async function visit(
  plan: StreamPlan,
  port: number,
  history: StreamHistory,
  context: TransferContext,
): Promise<SideLog> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
  const log = history.openVisitor(plan, socket);
  socket.once("connect", () => void upload(plan, log, context));
  receive(plan, log, context);
  await untilClosed(log);
  return log;
}

async function upload(plan: StreamPlan, log: SideLog, context: TransferContext): Promise<void> {
  log.note("connected");
  const { uploadBytes: length, pauseAt, pauseMs } = plan;
  await write(log, encodeHeader(plan));
  if (plan.quit === undefined) {
    await sendContent(log, { seed: plan.contentSeed, length, pauseAt, pauseMs }, context);
  } else {
    const untilQuit = Math.min(length, plan.quit.afterBytes);
    await sendContent(log, { seed: plan.contentSeed, length: untilQuit, pauseAt, pauseMs }, context);
    if (hasEnough(plan, log) || untilQuit < length) return quit(plan, log);
  }
  if (log.socket.writable && !plan.endsLast) log.ending();
}

function receive(plan: StreamPlan, log: SideLog, { content }: TransferContext): void {
  const seed = directionSeed(plan, "down");
  const { socket } = log;
  socket.on("data", (bytes) => {
    const at = log.receivedBytes;
    log.receiving(bytes);
    checkContent(log, content, seed, at, bytes);
    if (hasEnough(plan, log)) quit(plan, log);
    else if (Number.isFinite(plan.readBytesPerSecond)) rest(log, bytes.length / plan.readBytesPerSecond);
  });
  log.whenEnded(() => {
    if (log.receivedBytes !== plan.downloadBytes) log.quitBy("aborted");
    else if (plan.endsLast && log.socket.writable) log.ending();
  });
}

function hasEnough({ quit: wish }: StreamPlan, log: SideLog): boolean {
  return wish !== undefined && log.sentBytes + log.receivedBytes >= wish.afterBytes;
}

function quit(plan: StreamPlan, log: SideLog): void {
  if (plan.quit !== undefined) log.quitBy(plan.quit.how);
}

function rest({ socket }: SideLog, seconds: number): void {
  socket.pause();
  setTimeout(() => socket.resume(), seconds * 1_000);
}
