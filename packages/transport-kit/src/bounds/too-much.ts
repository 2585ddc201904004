import { CulvertError } from "@x/core";

/** The error of a connection that has to go because of what it holds to be sent. */
export function tooMuchUnread(where: string, limitBytes: number): CulvertError {
  return new CulvertError(
    "CONNECTION_LIMIT_EXCEEDED",
    `Cannot keep connection to ${where}: limit is ${limitBytes} bytes for what waits to be sent, and much of it is for this peer, which takes too little`,
  );
}

/** The error of a connection that has to go because of what came by it. */
export function tooMuchPartial(where: string, limitBytes: number): CulvertError {
  return new CulvertError(
    "CONNECTION_LIMIT_EXCEEDED",
    `Cannot keep connection to ${where}: frames that are incomplete or wait to be read hold ${limitBytes} bytes, and most of them come from its host`,
  );
}
