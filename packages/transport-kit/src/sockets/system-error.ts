import { CulvertError, type ErrorCode, isCulvertError } from "@x/core";

const codes: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ECONNREFUSED: ["CONNECTION_REFUSED", "nobody listens there"],
  ENOENT: ["CONNECTION_REFUSED", "nobody listens there"],
  ENOTFOUND: ["NAME_UNRESOLVED", "the name does not resolve"],
  EAI_AGAIN: ["NAME_UNRESOLVED", "the name could not be looked up"],
  EAI_NODATA: ["NAME_UNRESOLVED", "the name has no address"],
  EAI_FAIL: ["NAME_UNRESOLVED", "the name could not be looked up"],
  ECONNRESET: ["CONNECTION_RESET", "the peer reset the connection"],
  ECONNABORTED: ["CONNECTION_RESET", "the connection was aborted"],
  EPIPE: ["CONNECTION_RESET", "the peer does not read any more"],
  ETIMEDOUT: ["CONNECTION_TIMED_OUT", "no answer came"],
  EHOSTUNREACH: ["CONNECTION_TIMED_OUT", "the host cannot be reached"],
  EHOSTDOWN: ["CONNECTION_TIMED_OUT", "the host is down"],
  ENETUNREACH: ["CONNECTION_TIMED_OUT", "the network cannot be reached"],
  ENETDOWN: ["CONNECTION_TIMED_OUT", "the network is down"],
  EADDRINUSE: ["LISTEN_ADDRESS_TAKEN", "the address is already in use"],
  EADDRNOTAVAIL: ["TRANSPORT_FAILED", "the address is not one of this machine"],
  EACCES: ["TRANSPORT_FAILED", "permission denied"],
  EPERM: ["TRANSPORT_FAILED", "permission denied"],
  EMFILE: ["TRANSPORT_FAILED", "this process has no file descriptors left"],
  ENFILE: ["TRANSPORT_FAILED", "this machine has no file descriptors left"],
};

/** The system's word for what happened, such as `ECONNREFUSED`; `unknown` if it gave none. */
export function systemCode(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (typeof code === "string") return code;
  // Several addresses of one name were tried: the first failure speaks for all.
  return Array.isArray(errors) && errors.length > 0 ? systemCode(errors[0]) : "unknown";
}

/** The `CulvertError` for a system error, which may be one already; `action` is what failed, such as `connect to 127.0.0.1:7000`. */
export function systemError(error: unknown, action: string): CulvertError {
  if (isCulvertError(error)) return error;
  const name = systemCode(error);
  const [code, reason] = codes[name] ?? ["TRANSPORT_FAILED", "the system refused"];
  return new CulvertError(code, `Cannot ${action}: ${reason} (${name})`, { cause: error });
}

/** The `CulvertError` for a system error while beginning to listen. */
export function listenError(error: unknown, where: string): CulvertError {
  if (isCulvertError(error)) return error;
  const mapped = systemError(error, `listen on ${where}`);
  if (mapped.code === "LISTEN_ADDRESS_TAKEN") return mapped;
  return new CulvertError("LISTEN_FAILED", mapped.message, { cause: error });
}

/** The `CulvertError` for a system error while connecting. */
export function dialError(error: unknown, where: string): CulvertError {
  if (isCulvertError(error)) return error;
  const { code, message } = systemError(error, `connect to ${where}`);
  // Reset between SYN and hello: somebody is there who does not want to talk.
  if (code === "CONNECTION_RESET") return new CulvertError("HANDSHAKE_FAILED", message, { cause: error });
  // This machine has no free port left for the connection.
  if (code === "LISTEN_ADDRESS_TAKEN") return new CulvertError("TRANSPORT_FAILED", message, { cause: error });
  return new CulvertError(code, message, { cause: error });
}
