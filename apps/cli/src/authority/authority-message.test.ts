import { describe, expect, it } from "vitest";
import { readAuthorityAnswer, readAuthorityRequest } from "./authority-message.js";
import { maxAuthorityMessageBytes } from "./limits.js";

const bytes = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
const secret = "00".repeat(16);

describe("readAuthorityRequest()", () => {
  it("reads what members ask", () => {
    for (const request of [
      { version: 1, type: "enroll", secret },
      { version: 1, type: "renew" },
    ])
      expect(readAuthorityRequest(bytes(request))).toEqual(request);
  });

  it.each([
    "",
    "{",
    "null",
    "[]",
    { version: 2, type: "renew" },
    { type: "renew" },
    { version: 1, type: "revoke" },
    { version: 1, type: "enroll" },
    { version: 1, type: "enroll", secret: "00" },
    { version: 1, type: "enroll", secret: 7 },
    { version: 1, type: "renew", more: 1 },
    " ".repeat(maxAuthorityMessageBytes + 1),
  ])("refuses %j", (request) => {
    const refused = expect.objectContaining({ code: "MESSAGE_INVALID" });
    expect(() => readAuthorityRequest(bytes(request))).toThrow(refused);
  });

  it("refuses what is no UTF-8", () => {
    const broken = Buffer.concat([bytes({ version: 1, type: "renew" }), Buffer.of(0xff)]);
    expect(() => readAuthorityRequest(broken)).toThrow(/no JSON/);
  });
});

describe("readAuthorityAnswer()", () => {
  it("reads a credential", () => {
    const answer = { version: 1, credential: "0a", isFirst: true };
    expect(readAuthorityAnswer(bytes(answer))).toEqual(answer);
  });

  it.each([{}, { version: 1, credential: "x", isFirst: true }, { version: 1, credential: "0a" }])(
    "refuses %j",
    (answer) => {
      expect(() => readAuthorityAnswer(bytes(answer))).toThrow(
        expect.objectContaining({ code: "REPLY_INVALID" }),
      );
    },
  );
});
