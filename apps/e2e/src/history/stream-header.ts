import { crc32 } from "node:zlib";
import type { StreamPlan, TargetMode } from "./stream-plan.js";

/** What the first bytes of an upload tell the target. */
export type StreamHeader = Pick<StreamPlan, "id" | "mode" | "uploadBytes" | "downloadBytes" | "contentSeed">;

/** Length of a header, in bytes. */
export const headerBytes = 28;

const magic = 0x43564831;
const checkedBytes = 24;
const modes: readonly TargetMode[] = ["answer", "echo", "at-once"];

/** Shape: u32 magic, id, content seed, upload bytes, download bytes, mode, and the CRC-32 of those; big-endian. */
export function encodeHeader(header: StreamHeader): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  const mode = modes.indexOf(header.mode);
  const words = [magic, header.id, header.contentSeed, header.uploadBytes, header.downloadBytes, mode];
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, 4 * index);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, checkedBytes)), checkedBytes);
  return bytes;
}

/** Reads a header; nothing when its bytes were changed. */
export function decodeHeader(bytes: Buffer): StreamHeader | undefined {
  if (bytes.readUInt32BE(0) !== magic) return undefined;
  if (bytes.readUInt32BE(checkedBytes) !== crc32(bytes.subarray(0, checkedBytes))) return undefined;
  const mode = modes[bytes.readUInt32BE(20)];
  if (mode === undefined) return undefined;
  return {
    id: bytes.readUInt32BE(4),
    contentSeed: bytes.readUInt32BE(8),
    uploadBytes: bytes.readUInt32BE(12),
    downloadBytes: bytes.readUInt32BE(16),
    mode,
  };
}

/** The content seed of a direction. An echo carries the upload's bytes down. */
export function directionSeed({ contentSeed, mode }: StreamHeader, direction: "up" | "down"): number {
  return direction === "up" || mode === "echo" ? contentSeed : (contentSeed ^ 0x5bd1e995) >>> 0;
}
