import type {
  Connection,
  ConnectionHandlers,
  DialOptions,
  Listener,
  ListenOptions,
  Transport,
} from "@x/core";

/** A transport with one fault, made from one without. */
export type Plant = (base: Transport) => Transport;

/** Which end of a connection an object is. */
export type Side = "dialled" | "accepted";

/** What a fault left behind, to be cleaned up by the test. */
export const leftBehind: (() => unknown)[] = [];

/** Every connection goes through `change`. */
export function changeConnections(change: (connection: Connection, side: Side) => Connection): Plant {
  return (base) => ({
    name: base.name,
    capabilities: base.capabilities,
    dial: async (where, options) => change(await base.dial(where, options), "dialled"),
    listen: (where, options) =>
      base.listen(where, {
        ...options,
        onConnection: (connection) => options.onConnection(change(connection, "accepted")),
      }),
  });
}

/** A connection that differs in some members. */
export function changed(connection: Connection, changes: Partial<Connection>): Connection {
  const copy: Connection = {
    localWhere: connection.localWhere,
    remoteWhere: connection.remoteWhere,
    start: (handlers) => connection.start(handlers),
    send: (parts, release) => connection.send(parts, release),
    close: () => connection.close(),
    [Symbol.asyncDispose]: () => connection.close(),
    ...changes,
  };
  return copy;
}

/** `changes` is asked once for each connection, so that it may keep state. */
export function withChanges(changes: (connection: Connection, side: Side) => Partial<Connection>): Plant {
  return changeConnections((connection, side) => changed(connection, changes(connection, side)));
}

/** `handlers` may put others in the place of those given to `start`. */
export function withHandlers(
  change: (handlers: ConnectionHandlers, connection: Connection) => Partial<ConnectionHandlers>,
): Plant {
  return withChanges((connection) => ({
    start: (handlers) => connection.start({ ...handlers, ...change(handlers, connection) }),
  }));
}

/** Each arriving frame becomes those that `change` returns; `number` counts from 0 on each connection. */
export function withArrivals(change: (frame: Uint8Array, number: number) => readonly Uint8Array[]): Plant {
  return withHandlers(({ onFrame }) => {
    let number = 0;
    return {
      onFrame: (frame) => {
        const handled = change(frame, number++).map((each) => onFrame(each));
        const pending = handled.filter((each) => each !== undefined);
        return pending.length === 0 ? undefined : Promise.all(pending).then(() => {});
      },
    };
  });
}

/** `change` may replace what `send` does. */
export function withSend(
  change: (send: Connection["send"], connection: Connection) => Connection["send"],
): Plant {
  return withChanges((connection) => ({
    send: change((parts, release) => connection.send(parts, release), connection),
  }));
}

/** `dial` is replaced. */
export function withDial(
  dial: (base: Transport, where: string, options: DialOptions) => Promise<Connection>,
): Plant {
  return (base) => ({ ...copyOf(base), dial: (where, options = {}) => dial(base, where, options) });
}

/** `listen` is replaced. */
export function withListen(
  listen: (
    base: Transport,
    where: string,
    onConnection: (connection: Connection) => void,
    options: ListenOptions,
  ) => Promise<Listener>,
): Plant {
  return (base) => ({
    ...copyOf(base),
    listen: (where, options) => listen(base, where, options.onConnection, options),
  });
}

/** Every listener differs in some members. */
export function withListener(changes: (listener: Listener) => Partial<Listener>): Plant {
  return withListen(async (base, where, _onConnection, options) => {
    const listener = await base.listen(where, options);
    return {
      where: listener.where,
      stopAccepting: () => listener.stopAccepting?.(),
      close: () => listener.close(),
      [Symbol.asyncDispose]: () => listener.close(),
      ...changes(listener),
    };
  });
}

function copyOf(base: Transport): Transport {
  return {
    name: base.name,
    capabilities: base.capabilities,
    dial: (where, options) => base.dial(where, options),
    listen: (where, options) => base.listen(where, options),
  };
}

/** All bytes of a frame. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Never settles. */
export const never: Promise<void> = new Promise(() => {});
