import { setTimeout as sleep } from "node:timers/promises";
import type { Content } from "./content.js";
import { pieceBytes } from "./limits.js";
import type { Pace } from "./pace.js";
import type { SideLog } from "./side-log.js";

/** What both sides of all streams share. */
export interface TransferContext {
  readonly content: Content;
  readonly pace: Pace;
}

/** One direction's content as one side sends it. */
export interface Sending {
  readonly seed: number;
  readonly length: number;
  /** After so many bytes it pauses once. */
  readonly pauseAt?: number;
  readonly pauseMs?: number;
}

/** Sends content at the common pace and as fast as the socket takes it. Resolves when all is written or the socket is closed. */
export async function sendContent(
  log: SideLog,
  { seed, length, pauseAt = 0, pauseMs = 0 }: Sending,
  { content, pace }: TransferContext,
): Promise<void> {
  let hasPaused = pauseMs === 0;
  for (let sent = 0; sent < length && log.socket.writable; ) {
    if (!hasPaused && sent >= pauseAt) {
      hasPaused = true;
      log.note(`pauses for ${pauseMs} ms`);
      await sleep(pauseMs);
    }
    const piece = content.piece(seed, sent, Math.min(pieceBytes, length - sent));
    await pace.take(piece.length);
    if (!log.socket.writable) return;
    sent += piece.length;
    await write(log, piece);
  }
}

/** Hands bytes to the socket; resolves when more may follow, or it is closed. */
export async function write(log: SideLog, bytes: Buffer): Promise<void> {
  log.sending(bytes);
  if (log.socket.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      log.socket.off("drain", settle).off("close", settle);
      resolve();
    };
    log.socket.on("drain", settle).on("close", settle);
  });
}

/** Checks bytes that came at an offset of a direction's content, and writes down the first wrong one. */
export function checkContent(log: SideLog, content: Content, seed: number, at: number, bytes: Buffer): void {
  if (log.wrongAt !== undefined) return;
  log.wrongAt = content.firstDifference(seed, at, bytes);
  if (log.wrongAt !== undefined) log.note(`byte ${log.wrongAt} is not what was sent`);
}

/** Resolves when the socket is closed. */
export async function untilClosed({ socket }: SideLog): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
}
