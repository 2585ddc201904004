import { cleanPeerText, isAddress, isErrorCode, maxReasonLength, type Refusal } from "@x/core";

/** The reserved header field that makes a message a negative reply. See PROTOCOL.md, "Refusals". */
export const refusalField = "refusal";

const shape = /^([A-Z][A-Z0-9_]{0,63}) (\S+)(?: (.*))?$/su;

/** Stands for a hop that has no address of its own. */
const unknownHop = "unknown";

/** A refusal as text: ``CODE hop reason``, joined by single spaces. See PROTOCOL.md, "Refusals". */
export function formatRefusal(refusal: Refusal): string {
  const hop = isAddress(refusal.hop) ? refusal.hop : unknownHop;
  return `${refusal.code} ${hop} ${cutReason(refusal.reason)}`;
}

/** Reads what {@link formatRefusal} writes; absent when the text is none. A code this version does not know becomes INTERNAL. */
export function parseRefusal(given: string): Refusal | undefined {
  const text = cleanPeerText(given);
  const [, code, hop, reason = ""] = shape.exec(text) ?? [];
  if (code === undefined || !isAddress(hop)) return undefined;
  if (isErrorCode(code)) return { code, hop, reason: cutReason(reason) };
  return { code: "INTERNAL", hop, reason: cutReason(`${code}: ${reason}`) };
}

/** Text that fits a refusal and has a UTF-8 form. */
function cutReason(reason: string): string {
  const cut = reason.length <= maxReasonLength ? reason : `${reason.slice(0, maxReasonLength - 1)}…`;
  return cut.replace(/\p{Cs}/gu, "\uFFFD");
}
