import { CulvertError } from "@x/core";
import * as v from "valibot";
import { maxAuthorityMessageBytes, secretBytes } from "./limits.js";

/** What members ask of an authority: to become one with a ticket, or a new credential. See PROTOCOL.md, "Authorities". */
export type AuthorityRequest = v.InferOutput<typeof requestShape>;

/** What it answers: a credential, and of a ticket whether nobody used it before. */
export type AuthorityAnswer = v.InferOutput<typeof answerShape>;

const requestShape = v.variant("type", [
  v.strictObject({
    version: v.literal(1),
    type: v.literal("enroll"),
    secret: v.pipe(v.string(), v.hexadecimal(), v.length(2 * secretBytes)),
  }),
  v.strictObject({ version: v.literal(1), type: v.literal("renew") }),
]);

const answerShape = v.strictObject({
  version: v.literal(1),
  credential: v.pipe(v.string(), v.hexadecimal()),
  isFirst: v.boolean(),
});

/** @throws CulvertError MESSAGE_INVALID */
export function readAuthorityRequest(payload: Uint8Array): AuthorityRequest {
  return read(requestShape, payload, "MESSAGE_INVALID");
}

/** @throws CulvertError REPLY_INVALID */
export function readAuthorityAnswer(payload: Uint8Array): AuthorityAnswer {
  return read(answerShape, payload, "REPLY_INVALID");
}

function read<T>(
  shape: v.GenericSchema<unknown, T>,
  payload: Uint8Array,
  code: "MESSAGE_INVALID" | "REPLY_INVALID",
): T {
  const refuse = (why: string): CulvertError =>
    new CulvertError(code, `Cannot read what is about members: ${why}`);
  if (payload.length > maxAuthorityMessageBytes) throw refuse(`limit is ${maxAuthorityMessageBytes} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    throw refuse("it is no JSON");
  }
  const result = v.safeParse(shape, value);
  if (result.success) return result.output;
  throw refuse("it does not have the members it should");
}
