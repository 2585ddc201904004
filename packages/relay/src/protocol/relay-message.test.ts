import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashToken } from "../names/token.js";
import { decodeLeavingNotice, encodeLeavingNotice } from "./leaving-notice.js";
import { encodePlainList } from "./plain-list.js";
import {
  decodeRelayReply,
  decodeRelayRequest,
  encodeRelayReply,
  encodeRelayRequest,
  type RelayReply,
  type RelayRequest,
} from "./relay-message.js";

const token = Uint8Array.from({ length: 16 }, (_, index) => index);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const requests: Record<string, RelayRequest> = {
  register: {
    type: "register",
    epoch: 1_700_000_000_000,
    sequence: 1,
    name: "n3",
    token,
    forwardTo: "0123456789abcdef0123456789abcdef",
    leaseMs: 60_000,
  },
  release: { type: "release", epoch: 1_700_000_000_000, sequence: 2, name: "n3", token },
};

const replies: Record<string, RelayReply> = {
  registered: { type: "registered", address: "forward_to_n3", leaseMs: 60_000 },
  released: { type: "released" },
  refused: { type: "refused", code: "RELAY_NAME_TAKEN", reason: "taken", epoch: 0 },
};

/** The example bytes of the protocol document, by the name in front of them. */
function documentedBytes(name: string): string {
  const text = readFileSync(new URL("../../../../PROTOCOL.md", import.meta.url), "utf8");
  const examples = text.slice(text.indexOf("### Examples of relay messages"));
  const block = new RegExp(`^${name}:\\n((?: {2}[0-9a-f ]+\\n)+)`, "m").exec(examples);
  return (block?.[1] ?? "").replaceAll(/\s/g, "");
}

const comparable = (request: RelayRequest): unknown => ({ ...request, token: hex(request.token) });

describe("relay messages", () => {
  it.each(Object.entries(requests))("%s has the documented bytes", (name, request) => {
    const bytes = encodeRelayRequest(request);
    expect(hex(bytes)).toBe(documentedBytes(name));
    expect(comparable(decodeRelayRequest(bytes))).toEqual(comparable(request));
  });

  it.each(Object.entries(replies))("%s has the documented bytes", (name, reply) => {
    const bytes = encodeRelayReply(reply);
    expect(hex(bytes)).toBe(documentedBytes(name));
    expect(decodeRelayReply(bytes)).toEqual(reply);
  });

  it("leaving has the documented bytes", () => {
    const notice = { epoch: 1_700_000_000_000, sequence: 1, tokenHash: hashToken(token) };
    const bytes = encodeLeavingNotice(notice);
    expect(hex(bytes)).toBe(documentedBytes("leaving"));
    const { tokenHash, ...order } = decodeLeavingNotice(bytes) ?? {};
    expect(order).toEqual({ epoch: 1_700_000_000_000, sequence: 1 });
    expect(hex(tokenHash as Uint8Array)).toBe(hex(notice.tokenHash));
  });

  it.each([
    ["nothing", []],
    ["another version", [2, 6, 5n, 1, new Uint8Array(32)]],
    ["another type", [1, 4, 5n, 1, new Uint8Array(32)]],
    ["no epoch", [1, 6, null, 1, new Uint8Array(32)]],
    ["no sequence", [1, 6, 5n, "1", new Uint8Array(32)]],
    ["no hash", [1, 6, 5n, 1]],
    ["a short hash", [1, 6, 5n, 1, new Uint8Array(31)]],
    ["too many bytes", [1, 6, 5n, 1, new Uint8Array(32), "x".repeat(2_048)]],
  ])("leaving with %s is none", (_what, values) => {
    expect(decodeLeavingNotice(encodePlainList(values))).toBeUndefined();
  });

  it("random bytes are no leaving notice", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => decodeLeavingNotice(bytes) === undefined),
    );
  });

  it("survive the way there for all values", () => {
    const request = fc.record({
      epoch: fc.maxSafeNat(),
      sequence: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      name: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
      token: fc.uint8Array({ minLength: 16, maxLength: 64 }),
      forwardTo: fc.stringMatching(/^[a-z0-9]{1,255}$/),
      leaseMs: fc.maxSafeNat(),
    });
    fc.assert(
      fc.property(request, (fields) => {
        const leaseMs = Math.min(fields.leaseMs, 2 ** 32 - 1);
        const sent: RelayRequest = { type: "register", ...fields, leaseMs };
        expect(comparable(decodeRelayRequest(encodeRelayRequest(sent)))).toEqual(comparable(sent));
      }),
    );
  });

  it("ignore elements behind those they know", () => {
    const bytes = encodePlainList([1, 2, 5n, 1, "n3", token, "later", 7]);
    expect(decodeRelayRequest(bytes)).toMatchObject({ type: "release", name: "n3", epoch: 5 });
  });
});

describe("decodeRelayRequest()", () => {
  const valid = [1, 1, 5n, 1, "n3", token, "aa", 0] as const;
  it.each([
    ["VERSION_UNSUPPORTED", 0, 2],
    ["VERSION_UNSUPPORTED", 0, "1"],
    ["RELAY_REQUEST_INVALID", 1, 9],
    ["RELAY_REQUEST_INVALID", 2, "5"],
    ["RELAY_REQUEST_INVALID", 2, 2n ** 53n],
    ["RELAY_REQUEST_INVALID", 2, 2n ** 64n - 1n],
    ["RELAY_REQUEST_INVALID", 2, -1n],
    ["RELAY_REQUEST_INVALID", 3, 2n ** 32n],
    ["RELAY_REQUEST_INVALID", 3, null],
    ["RELAY_NAME_INVALID", 4, "n 3"],
    ["RELAY_NAME_INVALID", 4, "n".repeat(65)],
    ["RELAY_NAME_INVALID", 4, 7],
    ["RELAY_NAME_INVALID", 4, null],
    ["RELAY_REQUEST_INVALID", 5, "0123456789abcdef"],
    ["RELAY_REQUEST_INVALID", 5, new Uint8Array(15)],
    ["RELAY_REQUEST_INVALID", 5, new Uint8Array(65)],
    ["RELAY_REQUEST_INVALID", 6, "tcp#127.0.0.1:22"],
    ["RELAY_REQUEST_INVALID", 6, ""],
    ["RELAY_REQUEST_INVALID", 6, "a".repeat(256)],
    ["RELAY_REQUEST_INVALID", 7, null],
    ["RELAY_REQUEST_INVALID", 7, "60000"],
  ])("refuses with %s element %i being %s", (code, index, value) => {
    const list = [...valid.slice(0, index), value, ...valid.slice(index + 1)];
    expect(() => decodeRelayRequest(encodePlainList(list))).toThrow(expect.objectContaining({ code }));
  });

  it("refuses a megabyte before it reads it", () => {
    const huge = () => decodeRelayRequest(new Uint8Array(1_048_576).fill(0x91));
    expect(huge).toThrow(/1048576 bytes: limit is 2048 bytes/);
  });

  it("refuses all other bytes with a code", () => {
    const code = expect.stringMatching(/^(RELAY_REQUEST_INVALID|VERSION_UNSUPPORTED|RELAY_NAME_INVALID)$/);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeRelayRequest(bytes)).toThrow(expect.objectContaining({ code }));
        expect(() => decodeRelayReply(bytes)).toThrow();
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("encodeRelayReply()", () => {
  it("cuts a reason that is too long, between letters", () => {
    const reason = `${"x".repeat(511)}😀`;
    const reply = encodeRelayReply({ type: "refused", code: "INTERNAL", reason, epoch: 0 });
    expect(decodeRelayReply(reply)).toMatchObject({ reason: `${"x".repeat(511)}?` });
  });
});

describe("decodeRelayReply()", () => {
  it("reads a code of a later version as INTERNAL and keeps its reason", () => {
    const bytes = encodePlainList([1, 5, "RELAY_OF_TOMORROW", "come back tomorrow", 0n]);
    expect(decodeRelayReply(bytes)).toMatchObject({ code: "INTERNAL", reason: "come back tomorrow" });
  });

  it.each([[[1, 3, "forward_to_x"]], [[1, 3, "", 5]], [[1, 5, "INTERNAL", 7, 0n]], [[1, 1]], [[1]]])(
    "refuses %s",
    (list) => {
      expect(() => decodeRelayReply(encodePlainList(list as never))).toThrow(
        expect.objectContaining({ code: "REPLY_INVALID" }),
      );
    },
  );
});
