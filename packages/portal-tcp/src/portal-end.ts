import type { Address, CulvertError, Message, Route, WorkerHandle, WorkerHost } from "@x/core";
import { EndedStreams } from "./ended-streams.js";
import { defaultPingTimeoutMs, defaultRetryWaitMs } from "./limits.js";
import type { Path } from "./path.js";
import type { PathOwner } from "./path-owner.js";
import { decodePortalMessage, encodeReset, encodeShort } from "./portal-message.js";
import type { PortalStream, StreamOwner } from "./portal-stream.js";
import { meaningOf, readRefusal } from "./refused-message.js";
import type { Segment } from "./segment.js";
import { holdSharedHop, releaseSharedHop, type SharedHop } from "./shared-hop.js";
import type { StreamId } from "./stream-id.js";
import { Wakeups } from "./wakeups.js";

/** What makes a portal end an inlet or an outlet. */
export interface PortalRole {
  readonly isOutlet: boolean;
  /** A segment that opens a stream nobody knows yet; only an outlet takes it. */
  onOpen(id: StreamId, segment: Segment, message: Message): void;
  /** A segment of a known stream came by this message. */
  onSegment(stream: PortalStream, segment: Segment, message: Message): void;
  onPathUp(path: Path, wasDown: boolean): void;
  onPathDown(path: Path, failure: CulvertError): void;
  /** A stream is over for the protocol. */
  onStreamClosed(stream: PortalStream): void;
}

export interface PortalEndOptions {
  readonly address?: Address;
  readonly type: string;
  readonly pingTimeoutMs?: number | undefined;
  readonly retryWaitMs?: number | undefined;
}

/** What inlet and outlet share: a worker, the streams by their ids, and the way messages and refusals find them. */
export class PortalEnd implements PathOwner, StreamOwner {
  readonly wakeups: Wakeups = new Wakeups();
  readonly streams: Map<StreamId, PortalStream> = new Map();
  readonly isOutlet: boolean;
  readonly pingTimeoutMs: number;
  readonly retryWaitMs: number;
  readonly worker: WorkerHandle;
  /** Messages that were none of this protocol, or not understood. */
  malformed = 0;
  readonly #host: WorkerHost;
  readonly #role: PortalRole;
  readonly #ended: EndedStreams = new EndedStreams();
  readonly #probes: Map<StreamId, Path> = new Map();
  readonly #returnRoute: Route;

  constructor(host: WorkerHost, role: PortalRole, options: PortalEndOptions) {
    this.#host = host;
    this.#role = role;
    this.isOutlet = role.isOutlet;
    this.pingTimeoutMs = options.pingTimeoutMs ?? defaultPingTimeoutMs;
    this.retryWaitMs = options.retryWaitMs ?? defaultRetryWaitMs;
    this.worker = host.startWorker((message) => this.#onMessage(message), {
      exposure: "network",
      type: options.type,
      ...(options.address !== undefined && { address: options.address }),
    });
    this.#returnRoute = [this.worker.address];
  }

  get asksWhenIdle(): boolean {
    return !this.isOutlet;
  }

  random(): number {
    return Math.random();
  }

  send(route: Route, payload: Uint8Array | readonly Uint8Array[]): Promise<void> | undefined {
    return this.#host.send({ onwardRoute: route, returnRoute: this.#returnRoute, payload });
  }

  watch: WorkerHost["watch"] = (address, listener) => this.#host.watch(address, listener);

  holdHop(address: Address): SharedHop {
    return holdSharedHop(this.#host, address);
  }

  releaseHop(address: Address): void {
    releaseSharedHop(this.#host, address);
  }

  onProbe(id: StreamId, path: Path): void {
    this.#probes.set(id, path);
  }

  onProbeOver(id: StreamId): void {
    this.#probes.delete(id);
  }

  onPathUp(path: Path, wasDown: boolean): void {
    this.#role.onPathUp(path, wasDown);
  }

  onPathDown(path: Path, failure: CulvertError): void {
    this.#role.onPathDown(path, failure);
  }

  onStreamClosed(stream: PortalStream): void {
    this.streams.delete(stream.stream.id);
    this.#ended.add(stream.stream.id, stream.stream.reason, this.wakeups.now());
    this.#role.onStreamClosed(stream);
  }

  onSendError(stream: PortalStream, error: CulvertError): void {
    if (meaningOf(error.code) === "tooLarge") stream.refusedAsTooLarge(stream.stream.nextNumber - 1);
    else stream.path.failed(error);
  }

  /** Refuses a stream that cannot be taken in. */
  refuseStream(id: StreamId, message: Message, reason: { code: CulvertError["code"]; text: string }): void {
    this.#ended.add(id, reason, this.wakeups.now());
    this.#answer(message, encodeReset(id, this.isOutlet, reason));
  }

  /** Stops the worker and all timers. */
  async close(): Promise<void> {
    this.wakeups.close();
    await this.worker.close();
  }

  #onMessage(message: Message): void {
    if (message.refusal !== undefined) {
      this.#onRefusal(message);
      return;
    }
    const decoded = decodePortalMessage(message.payload);
    if (decoded === undefined || decoded.fromOutlet === this.isOutlet) {
      this.malformed++;
      return;
    }
    const { kind, id } = decoded;
    if (kind === "segment") {
      this.#onSegment(id, decoded.segment, message);
      return;
    }
    if (kind === "hello") {
      this.#answer(message, encodeShort("welcome", id, this.isOutlet));
      return;
    }
    if (kind === "welcome") {
      this.#probes.get(id)?.heard(this.wakeups.now());
      return;
    }
    if (kind === "closed") {
      this.streams.get(id)?.receiveClosed();
      return;
    }
    if (kind === "reset") {
      const stream = this.streams.get(id);
      // An open that comes later than its reset must not begin a stream.
      if (stream === undefined) this.#ended.add(id, decoded.reason, this.wakeups.now());
      else stream.receiveReset(decoded.reason);
      this.#answer(message, encodeShort("closed", id, this.isOutlet));
      return;
    }
    this.malformed++;
    const text = "this version of the stream protocol is not spoken here";
    this.#answer(message, encodeReset(id, this.isOutlet, { code: "VERSION_UNSUPPORTED", text }));
  }

  #onSegment(id: StreamId, segment: Segment, message: Message): void {
    const stream = this.streams.get(id);
    if (stream !== undefined) {
      this.#role.onSegment(stream, segment, message);
      stream.receive(segment, message.release);
      return;
    }
    const ended = this.#ended.get(id);
    if (ended === undefined && segment.open && this.isOutlet) {
      this.#role.onOpen(id, segment, message);
      return;
    }
    if (ended !== undefined && ended.reason === undefined) {
      this.#answer(message, encodeShort("closed", id, this.isOutlet));
      return;
    }
    const reason = ended?.reason ?? { code: "STREAM_LOST", text: "the stream is not known here" };
    this.#answer(message, encodeReset(id, this.isOutlet, reason));
  }

  /** Answers without keeping state. What cannot be sent is as good as lost on the way. */
  #answer(message: Message, payload: Uint8Array): void {
    void message.reply(payload);
  }

  #onRefusal(message: Message): void {
    const refused = readRefusal(message);
    const { id, packetNumber, meaning, error } = refused;
    const stream = id === undefined ? undefined : this.streams.get(id);
    if (stream === undefined) {
      if (meaning === "pathDown") for (const path of this.#pathsThrough(id, error)) path.failed(error);
      return;
    }
    if (packetNumber !== undefined && !stream.isOfPath(packetNumber)) return;
    if (meaning === "busy") stream.refusedAsBusy(packetNumber);
    else if (meaning === "tooLarge") stream.refusedAsTooLarge(packetNumber);
    else stream.path.failed(error);
  }

  /** The path of a probe; or, when a refusal does not tell, those that pass the hop. */
  #pathsThrough(id: StreamId | undefined, error: CulvertError): readonly Path[] {
    const probed = id === undefined ? undefined : this.#probes.get(id);
    if (probed !== undefined) return [probed];
    if (id !== undefined || error.hop === undefined) return [];
    const hop = error.hop;
    return [...new Set(this.#probes.values())].filter((path) => path.route.includes(hop));
  }
}
