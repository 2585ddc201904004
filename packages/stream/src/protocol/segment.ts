import { maxAckRanges, maxOffset, maxOpenOptionsBytes } from "../limits.js";
import type { Pages } from "../resources/pages.js";
import { commonHeaderBytes, fromAcceptorFlag, messageKinds, writeCommonHeader } from "./message-header.js";
import { readU16, readU32, readU48, writeU16, writeU32, writeU48 } from "./wire-bytes.js";

/** Packet numbers that arrived without a gap, both ends included. */
export interface PacketRange {
  readonly from: number;
  readonly to: number;
}

/** One step of a stream: data, acknowledgement and credit in one. See PROTOCOL.md, "Segment". */
export interface Segment {
  /** Set by the opener until it heard of the acceptor: the receiver makes the stream if it does not know it. */
  readonly open: boolean;
  /** The data of this segment are the last of its direction. */
  readonly fin: boolean;
  /** The sender keeps account of this segment and wants it acknowledged. */
  readonly wantsAck: boolean;
  /** The sender waits for the acknowledgement: it must not be delayed. */
  readonly asks: boolean;
  /** The sender has more to send and no credit for it. */
  readonly blocked: boolean;
  /** Counts segments of this direction from 1; a retransmission has a new number. */
  readonly packetNumber: number;
  /** How long the highest acknowledged packet waited for this segment, in milliseconds; a tenth of one is the grain. */
  readonly ackDelayMs: number;
  /** All bytes below this offset arrived in order. */
  readonly receivedTo: number;
  /** The other direction may send bytes below this offset. */
  readonly creditLimit: number;
  /** Where `data` belong. */
  readonly offset: number;
  /** Packets that arrived, highest range first. Empty: none yet. */
  readonly ranges: readonly PacketRange[];
  /** What the opener tells the acceptor, {@link maxOpenOptionsBytes} at most; only with `open`. May share a larger buffer. */
  readonly options?: Uint8Array | undefined;
  /** May share a larger buffer. */
  readonly data: Uint8Array;
}

/** Bits of a segment's second byte. */
const flagBits = { open: 0x01, fin: 0x02, wantsAck: 0x04, blocked: 0x08, asks: 0x10 } as const;
const knownFlags: number = 0x1f | fromAcceptorFlag;

/** Bytes before the ranges: the common header, five numbers of six bytes, the delay and the count of ranges. */
const fixedBytes: number = commonHeaderBytes + 5 * 6 + 2 + 1;
const rangeBytes = 8;
const delayGrainPerMs = 10;
const noOptions = new Uint8Array(0);

/** Who writes segments. */
export interface SegmentSender {
  readonly id: Uint8Array;
  readonly fromAcceptor: boolean;
  /** Where the headers get their memory. */
  readonly pages: Pages;
}

/** The longest header a segment without options can have, in bytes. */
export const maxSegmentHeaderBytes: number = fixedBytes + maxAckRanges * rangeBytes;

/** Writes the header of a segment; its data follow as parts of their own, uncopied. */
export function encodeSegmentHeader(
  { id, fromAcceptor, pages }: SegmentSender,
  segment: Omit<Segment, "data">,
): Uint8Array {
  const options = segment.open ? (segment.options ?? noOptions) : noOptions;
  const optionBytes = segment.open ? 2 + options.length : 0;
  const bytes = pages.take(fixedBytes + segment.ranges.length * rangeBytes + optionBytes);
  writeCommonHeader(bytes, messageKinds.segment, flagsOf(segment, fromAcceptor), id);
  writeU48(bytes, 18, segment.packetNumber);
  writeU48(bytes, 24, segment.receivedTo);
  writeU48(bytes, 30, segment.creditLimit);
  writeU48(bytes, 36, segment.offset);
  writeU48(bytes, 42, segment.ranges[0]?.to ?? 0);
  writeU16(bytes, 48, Math.min(0xffff, Math.round(segment.ackDelayMs * delayGrainPerMs)));
  bytes[50] = segment.ranges.length;
  const at = writeRanges(bytes, fixedBytes, segment.ranges);
  if (segment.open) {
    writeU16(bytes, at, options.length);
    bytes.set(options, at + 2);
  }
  return bytes;
}

function flagsOf(segment: Omit<Segment, "data">, fromAcceptor: boolean): number {
  return (
    (segment.open ? flagBits.open : 0) |
    (segment.fin ? flagBits.fin : 0) |
    (segment.wantsAck ? flagBits.wantsAck : 0) |
    (segment.blocked ? flagBits.blocked : 0) |
    (segment.asks ? flagBits.asks : 0) |
    (fromAcceptor ? fromAcceptorFlag : 0)
  );
}

function writeRanges(bytes: Uint8Array, start: number, ranges: readonly PacketRange[]): number {
  let at = start;
  let below = ranges[0]?.to ?? 0;
  for (const range of ranges) {
    writeU32(bytes, at, below - range.to);
    writeU32(bytes, at + 4, Math.min(0xffffffff, range.to - range.from + 1));
    below = range.from - 1;
    at += rangeBytes;
  }
  return at;
}

/** Reads a segment whose common header was checked. Returns nothing for bytes that are none. */
export function decodeSegment(bytes: Uint8Array): Segment | undefined {
  if (bytes.length < fixedBytes) return undefined;
  const flags = bytes[1] as number;
  if ((flags & ~knownFlags) !== 0) return undefined;
  const rangeCount = bytes[50] as number;
  const rangesEnd = fixedBytes + rangeCount * rangeBytes;
  if (rangeCount > maxAckRanges || bytes.length < rangesEnd) return undefined;
  const ranges = readRanges(bytes, readU48(bytes, 42), rangeCount);
  if (ranges === undefined) return undefined;
  const open = (flags & flagBits.open) !== 0;
  const tail = open ? readOptions(bytes, rangesEnd) : { options: undefined, end: rangesEnd };
  const packetNumber = readU48(bytes, 18);
  const offset = readU48(bytes, 36);
  if (tail === undefined || packetNumber === 0 || offset + (bytes.length - tail.end) > maxOffset)
    return undefined;
  return {
    open,
    fin: (flags & flagBits.fin) !== 0,
    wantsAck: (flags & flagBits.wantsAck) !== 0,
    blocked: (flags & flagBits.blocked) !== 0,
    asks: (flags & flagBits.asks) !== 0,
    packetNumber,
    receivedTo: readU48(bytes, 24),
    creditLimit: readU48(bytes, 30),
    offset,
    ackDelayMs: readU16(bytes, 48) / delayGrainPerMs,
    ranges,
    options: tail.options,
    data: bytes.subarray(tail.end),
  };
}

function readRanges(bytes: Uint8Array, largest: number, count: number): PacketRange[] | undefined {
  if ((count === 0) !== (largest === 0)) return undefined;
  const ranges: PacketRange[] = [];
  let below = largest;
  for (let index = 0; index < count; index++) {
    const at = fixedBytes + index * rangeBytes;
    const gap = readU32(bytes, at);
    const length = readU32(bytes, at + 4);
    const to = below - gap;
    const from = to - length + 1;
    // Ranges that touch would be one range, and the first begins at the largest number.
    if (length === 0 || from < 1 || (index === 0) !== (gap === 0)) return undefined;
    ranges.push({ from, to });
    below = from - 1;
  }
  return ranges;
}

function readOptions(bytes: Uint8Array, at: number): { options: Uint8Array; end: number } | undefined {
  if (bytes.length < at + 2) return undefined;
  const length = readU16(bytes, at);
  const end = at + 2 + length;
  if (length > maxOpenOptionsBytes || bytes.length < end) return undefined;
  return { options: bytes.subarray(at + 2, end), end };
}
