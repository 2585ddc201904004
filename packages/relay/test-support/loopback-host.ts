import {
  type Address,
  type AddressState,
  CulvertError,
  type ErrorCode,
  generateAddress,
  type MessageHandler,
  maxRouteHops,
  type OutgoingMessage,
  type SharedKey,
  type WorkerHandle,
  type WorkerHost,
  type WorkerOptions,
} from "@x/core";
import { joined, LoopbackMessage, type Parcel } from "./loopback-message.js";

type Entry = { readonly handler: MessageHandler; readonly exposure: string; readonly type: string };

/** A host whose connections are switched by hand and whose only clock is the test's. */
export class LoopbackHost implements WorkerHost {
  readonly isOwn: boolean = false;
  readonly workers: Map<Address, Entry> = new Map();
  readonly links: Map<Address, Link> = new Map();
  readonly watchers: Map<Address, Set<(state: AddressState) => void>> = new Map();
  maxWorkers: number = Number.POSITIVE_INFINITY;
  failures: unknown[] = [];

  startWorker(handler: MessageHandler, options: WorkerOptions = {}): WorkerHandle {
    const address = options.address ?? generateAddress();
    if (this.workers.has(address)) throw new CulvertError("ADDRESS_TAKEN", `"${address}" is taken`);
    if (this.workers.size >= this.maxWorkers)
      throw new CulvertError("WORKER_LIMIT_EXCEEDED", "too many workers");
    this.workers.set(address, {
      handler,
      exposure: options.exposure ?? "local",
      type: options.type ?? "worker",
    });
    this.tell(address, "up");
    const close = (): Promise<void> => {
      if (this.workers.delete(address)) this.tell(address, "gone");
      return Promise.resolve();
    };
    const comeUp = (): void => this.tell(address, "up");
    const goDown = (): void => this.tell(address, "down");
    return { address, comeUp, goDown, close, [Symbol.asyncDispose]: close };
  }

  send(message: OutgoingMessage): undefined {
    if (message.onwardRoute.length === 0) throw new CulvertError("ROUTE_INVALID", "the route is empty");
    if (message.onwardRoute.length > maxRouteHops) throw new CulvertError("ROUTE_TOO_LONG", "too many hops");
    const { onwardRoute, returnRoute = [], hopCount = 0, fields, payload } = message;
    this.post({ onwardRoute, returnRoute, hopCount, fields, payload: joined(payload) });
    return undefined;
  }

  post(parcel: Parcel): void {
    queueMicrotask(() => this.deliver(parcel));
  }

  addResolver(): () => void {
    return () => undefined;
  }

  shared<Value>(key: SharedKey<Value>): Value {
    return key.make();
  }

  watch(address: Address, listener: (state: AddressState) => void): () => void {
    const listeners = this.watchers.get(address) ?? new Set();
    this.watchers.set(address, listeners.add(listener));
    listener(this.stateOf(address));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.watchers.delete(address);
    };
  }

  deliver(parcel: Parcel): void {
    const [hop, ...onwardRoute] = parcel.onwardRoute;
    if (hop === undefined) return;
    const hopCount = parcel.hopCount + 1;
    const link = this.links.get(hop);
    const code = this.refusalAt(hop, hopCount);
    const message = new LoopbackMessage(this, hop, { ...parcel, onwardRoute, hopCount });
    if (code !== undefined) message.refuse(code, `refused at ${hop}`);
    else if (link !== undefined) link.carry({ ...parcel, onwardRoute, hopCount });
    else void this.handle(this.workers.get(hop) as Entry, message);
  }

  private refusalAt(hop: Address, hopCount: number): ErrorCode | undefined {
    if (hopCount > 255) return "HOP_LIMIT_EXCEEDED";
    const link = this.links.get(hop);
    if (link !== undefined) return link.state === "up" ? undefined : "CONNECTION_DOWN";
    const worker = this.workers.get(hop);
    if (worker === undefined) return "WORKER_NOT_FOUND";
    return worker.exposure === "network" ? undefined : "HOP_REFUSED";
  }

  private async handle(worker: Entry, message: LoopbackMessage): Promise<void> {
    try {
      await worker.handler(message);
    } catch (error) {
      this.failures.push(error);
    }
  }

  stateOf(address: Address): AddressState {
    return this.links.get(address)?.state ?? (this.workers.has(address) ? "up" : "gone");
  }

  tell(address: Address, state: AddressState): void {
    for (const listener of [...(this.watchers.get(address) ?? [])]) listener(state);
  }
}

/** One end of a connection between two hosts. */
export class Link {
  readonly host: LoopbackHost;
  readonly address: Address = generateAddress();
  peer: Link | undefined;
  state: AddressState = "up";
  /** Swallows what it should carry, as a cut cable does. */
  isSilent = false;
  carried: number[] = [];

  constructor(host: LoopbackHost) {
    this.host = host;
    host.links.set(this.address, this);
  }

  carry(parcel: Parcel): void {
    this.carried.push(performance.now());
    const { peer } = this;
    if (peer === undefined || this.isSilent) return;
    const returnRoute = parcel.returnRoute.length > 0 ? [peer.address, ...parcel.returnRoute] : [];
    peer.host.post({ ...parcel, returnRoute, arrivedBy: peer.address });
  }

  become(state: AddressState): void {
    this.state = state;
    if (state === "gone") this.host.links.delete(this.address);
    this.host.tell(this.address, state);
  }
}

/** Connects two hosts: the first "dialled", the second "accepted". */
export function connect(dialler: LoopbackHost, listener: LoopbackHost): { dialled: Link; accepted: Link } {
  const dialled = new Link(dialler);
  const accepted = new Link(listener);
  dialled.peer = accepted;
  accepted.peer = dialled;
  return { dialled, accepted };
}

/** Ends a connection as its end does it: the accepted side is gone, the kept side is down. */
export function cut(connection: { dialled: Link; accepted: Link }): void {
  connection.accepted.become("gone");
  connection.dialled.peer = undefined;
  connection.dialled.become("down");
}

/** Brings the kept side back over a new accepted connection. */
export function reconnect(dialled: Link, listener: LoopbackHost): { dialled: Link; accepted: Link } {
  const accepted = new Link(listener);
  dialled.peer = accepted;
  accepted.peer = dialled;
  dialled.become("up");
  return { dialled, accepted };
}
