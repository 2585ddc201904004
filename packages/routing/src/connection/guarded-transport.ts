import {
  type Address,
  type Connection,
  CulvertError,
  isCulvertError,
  type Listener,
  type ListenOptions,
  optionInvalid,
  type Transport,
  transportHop,
} from "@x/core";

const namePattern = /^[a-z][a-z0-9-]*$/;

/**
 * The transports of a node by their names.
 *
 * @throws CulvertError OPTION_INVALID for what is no transport, and for two of one name
 */
export function transportsByName(transports: readonly Transport[]): ReadonlyMap<string, Transport> {
  const byName = new Map<string, Transport>();
  for (const transport of transports) {
    const fault = findFault(transport);
    if (fault !== undefined) throw optionInvalid("transport", transport?.name, fault);
    if (byName.has(transport.name))
      throw optionInvalid("transport", transport.name, "another one has this name");
    byName.set(transport.name, transport);
  }
  return byName;
}

function findFault(transport: Transport): string | undefined {
  if (typeof transport?.name !== "string" || !namePattern.test(transport.name)) {
    return "its name has to be lowercase letters, digits and hyphens";
  }
  if (typeof transport.dial !== "function" || typeof transport.listen !== "function") {
    return "it has to have dial and listen";
  }
  const maxFrameBytes = transport.capabilities?.maxFrameBytes;
  return Number.isSafeInteger(maxFrameBytes) && maxFrameBytes > 0
    ? undefined
    : "it has to state its largest frame";
}

/**
 * Dials once. Whatever the transport throws, rejects with or returns, this resolves with a connection or rejects with a
 * `CulvertError`, and not later than after `timeoutMs`.
 */
export async function dialOnce(
  transport: Transport,
  where: string,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<Connection> {
  const limit = new AbortController();
  const giveUp = (): void => limit.abort();
  signal.addEventListener("abort", giveUp, { once: true });
  let isOver = false;
  // In an async function, so that what `dial` throws at once is a rejection like any other.
  const dialling = (async () =>
    checkConnection(transport, await transport.dial(where, { signal: limit.signal })))();
  void dialling.then(
    (late) => void (isOver && close(late)),
    () => undefined,
  );
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const reason = `Cannot dial ${transport.name}#${where}: no answer within ${timeoutMs} ms`;
    timer = setTimeout(() => reject(new CulvertError("CONNECTION_TIMED_OUT", reason)), timeoutMs);
  });
  try {
    return await Promise.race([dialling, timeout]);
  } catch (error) {
    throw asTransportError(error, `dial ${transport.name}#${where}`);
  } finally {
    isOver = true;
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
    giveUp();
  }
}

/**
 * Listens. Whatever the transport throws, rejects with or returns, this resolves with a listener and its address, or rejects
 * with a `CulvertError`.
 */
export async function listenOnce(
  transport: Transport,
  where: string,
  options: ListenOptions,
): Promise<{ readonly listener: Listener; readonly address: Address }> {
  let listener: Listener | undefined;
  try {
    listener = await transport.listen(where, options);
    if (typeof listener?.close !== "function") throw new TypeError("the transport returned no listener");
    return { listener, address: placeOf(transport, listener.where) };
  } catch (error) {
    void close(listener);
    throw asTransportError(error, `listen on ${transport.name}#${where}`);
  }
}

/**
 * Checks what a transport gives as a connection, and returns it.
 *
 * @throws CulvertError TRANSPORT_FAILED; what was given is closed if it can be
 */
export function checkConnection(transport: Transport, connection: Connection): Connection {
  try {
    if (typeof connection?.start !== "function" || typeof connection.send !== "function") {
      throw new TypeError("the transport returned no connection");
    }
    placeOf(transport, connection.localWhere);
    placeOf(transport, connection.remoteWhere);
    return connection;
  } catch (cause) {
    void close(connection);
    throw new CulvertError("TRANSPORT_FAILED", `Cannot use connection of transport "${transport.name}"`, {
      cause,
    });
  }
}

function placeOf(transport: Transport, where: unknown): Address {
  if (typeof where !== "string") throw new TypeError("the transport does not say where it is");
  return transportHop(transport.name, where);
}

/** Closes what a transport made. Never rejects: what goes wrong here concerns nobody any more. */
export async function close(closable: { readonly close?: () => unknown } | undefined): Promise<void> {
  try {
    await closable?.close?.();
  } catch {
    // It is closed as far as it can be.
  }
}

/** Transports throw nothing but a `CulvertError`; one that does must not break the node. */
export function asTransportError(error: unknown, action = "use connection"): CulvertError {
  if (isCulvertError(error)) return error;
  return new CulvertError("TRANSPORT_FAILED", `Cannot ${action}: the transport failed`, { cause: error });
}
