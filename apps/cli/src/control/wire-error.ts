import { CulvertError, isCulvertError, isErrorCode } from "@x/core";
import { CliError, type CliErrorCode, cliErrorCodes } from "../cli-error.js";
import { isJsonObject } from "../state/json-file.js";

/** An error as it crosses the control socket: plain JSON, no stack. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly hop?: string;
  readonly hint?: string;
}

/** The form of any error for the control socket. */
export function toWireError(error: unknown): WireError {
  if (isCulvertError(error)) {
    return {
      code: error.code,
      message: error.message,
      ...(error.hop === undefined ? {} : { hop: error.hop }),
    };
  }
  if (error instanceof CliError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
  return { code: "INTERNAL", message: error instanceof Error ? error.message : String(error) };
}

/** The error that crossed the control socket. */
export function fromWireError(value: unknown): CulvertError | CliError {
  if (!isJsonObject(value) || typeof value.message !== "string") {
    return new CliError("CONTROL_FAILED", "Cannot read the node's answer: it holds no error as it should");
  }
  const { code, message } = value;
  if (isErrorCode(code))
    return new CulvertError(code, message, typeof value.hop === "string" ? { hop: value.hop } : {});
  const cliCode =
    cliErrorCodes.find((candidate) => candidate === code) ?? ("CONTROL_FAILED" satisfies CliErrorCode);
  return new CliError(cliCode, message, typeof value.hint === "string" ? { hint: value.hint } : {});
}
