import { errorCodes, isCulvertError } from "@x/core";
import {
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  dictionary,
  double,
  nat,
  oneof,
  option,
  property,
  record,
  string,
  uint8Array,
} from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "./byte-reader.js";
import { readAccepted, readEnd, writeAccepted, writeEnd } from "./control.js";
import { readAnswer, readFinish, writeAnswer, writeFinish } from "./handshake-payload.js";
import { innerType, readInner, writeInner } from "./inner.js";

const address = constantFrom("echo", "forward_to_n3", "tcp#127.0.0.1:7000", "ä".repeat(100), "f".repeat(32));
const route = array(address, { maxLength: 8 });
const value = oneof(
  string({ unit: "grapheme", maxLength: 20 }),
  double(),
  boolean(),
  constant(null),
  uint8Array({ maxLength: 20 }),
);
const name = constantFrom("trace", "error", "path.mtu", "ü");
const refusal = record({
  code: constantFrom(...errorCodes),
  hop: address,
  reason: string({ unit: "grapheme", maxLength: 40 }),
});
const header = record({
  onwardRoute: route,
  returnRoute: route,
  hopCount: nat(255),
  fields: option(dictionary(name, value, { minKeys: 1, maxKeys: 4, noNullPrototype: true }), {
    nil: undefined,
  }),
  refusal: option(refusal, { nil: undefined }),
});
const proof = uint8Array({ maxLength: 300 });
const credentials = array(uint8Array({ maxLength: 50 }), { maxLength: 8 });
const sized = (length: number) => uint8Array({ minLength: length, maxLength: length });

function behindType(bytes: Uint8Array): ByteReader {
  const reader = new ByteReader(bytes);
  reader.u8();
  return reader;
}

describe("what a channel seals", () => {
  it("is read as it was written: messages", () => {
    void assert(
      property(header, uint8Array({ maxLength: 50 }), (given, payload) => {
        const bytes = Buffer.concat([writeInner(given), payload]);
        expect(bytes[0]).toBe(innerType.message);
        expect(readInner(behindType(bytes))).toEqual({ ...given, payload: Buffer.from(payload) });
      }),
    );
  });

  it("is read as it was written: answers, finishes, verdicts and ends", () => {
    void assert(
      property(
        sized(8),
        sized(16),
        proof,
        credentials,
        nat(0xffff_ffff),
        (id, channelName, proof, creds, ms) => {
          expect(readAnswer(writeAnswer({ listenerId: id, proof }))).toEqual({ listenerId: id, proof });
          const finish = { channelName, proof, credentials: creds };
          expect(readFinish(writeFinish(finish))).toEqual(finish);
          const accepted = { isRenewed: ms % 2 === 0, validForMs: ms, credentials: creds };
          expect(readAccepted(behindType(writeAccepted(accepted)))).toEqual(accepted);
          const end = { code: "CHANNEL_REFUSED", reason: "no" } as const;
          expect(readEnd(behindType(writeEnd(3, end)))).toEqual(end);
        },
      ),
    );
  });

  it("is refused with PAYLOAD_INVALID where it is cut short or random, and nothing else happens", () => {
    const reads = [
      (bytes: Uint8Array) => readInner(new ByteReader(bytes)),
      (bytes: Uint8Array) => readAnswer(bytes),
      (bytes: Uint8Array) => readFinish(bytes),
      (bytes: Uint8Array) => readAccepted(new ByteReader(bytes)),
      (bytes: Uint8Array) => readEnd(new ByteReader(bytes)),
    ];
    const mayRead = (read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): void => {
      try {
        read(bytes);
      } catch (error) {
        expect(isCulvertError(error) && error.code).toBe("PAYLOAD_INVALID");
      }
    };
    void assert(
      property(uint8Array({ maxLength: 80 }), header, nat(200), (random, given, cut) => {
        for (const read of reads) mayRead(read, random);
        const whole = writeInner(given);
        mayRead((bytes) => readInner(behindType(bytes)), whole.subarray(0, 1 + (cut % whole.length)));
      }),
      { numRuns: 500 },
    );
  });

  it("holds no more than its limits, and no field without a name of its own", () => {
    const invalid = expect.objectContaining({ code: "PAYLOAD_INVALID" });
    const inner = (fields: Record<string, string>) => () =>
      readInner(behindType(writeInner({ onwardRoute: [], returnRoute: [], hopCount: 0, fields })));
    expect(inner(Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`f${i}`, ""])))).toThrow(invalid);
    expect(inner({ refusal: "x" })).toThrow(invalid);
    expect(inner({ "": "x" })).toThrow(invalid);
    expect(inner(JSON.parse('{"__proto__": "x"}'))).toThrow(invalid);
    const long = { onwardRoute: Array.from({ length: 65 }, () => "a"), returnRoute: [], hopCount: 0 };
    expect(() => readInner(behindType(writeInner(long)))).toThrow(invalid);
    expect(() => readAnswer(new Uint8Array(9 + 70_000))).toThrow(invalid);
    const many = Array.from({ length: 9 }, () => new Uint8Array(1));
    const finish = { channelName: new Uint8Array(16), proof: new Uint8Array(1), credentials: many };
    expect(() => writeFinish(finish)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
    const tooLong = { listenerId: new Uint8Array(8), proof: new Uint8Array(8_193) };
    expect(() => writeAnswer(tooLong)).toThrow(expect.objectContaining({ code: "IDENTITY_INVALID" }));
  });

  it("takes a code that it does not know for INTERNAL, and shows it in the reason", () => {
    const refusal = { code: "NEW_CODE" as "INTERNAL", hop: "hop", reason: "why" };
    const read = readInner(
      behindType(writeInner({ onwardRoute: [], returnRoute: [], hopCount: 0, refusal })),
    );
    expect(read.refusal).toEqual({ code: "INTERNAL", hop: "hop", reason: "NEW_CODE: why" });
  });
});
