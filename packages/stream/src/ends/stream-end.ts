import type {
  Address,
  CulvertError,
  Message,
  Origin,
  OutgoingMessage,
  Release,
  Route,
  WorkerHandle,
  WorkerHost,
  WorkerOptions,
} from "@x/core";
import { StreamMachine } from "../machine/stream-machine.js";
import type { StreamSettings } from "../machine/stream-settings.js";
import type { PathContext } from "../path/path.js";
import type { ProbeSettings } from "../path/path-probe.js";
import { readRefusal } from "../protocol/refused-message.js";
import type { ResetReason } from "../protocol/reset-reason.js";
import type { Segment } from "../protocol/segment.js";
import type { StreamId } from "../protocol/stream-id.js";
import { decodeStreamMessage, encodeReset, encodeShort } from "../protocol/stream-message.js";
import type { ChunkPool } from "../resources/chunk-pool.js";
import type { StreamBudget } from "../resources/stream-budget.js";
import { type StreamResources, streamResources } from "../resources/stream-resources.js";
import { CarriedStream, type StreamPath } from "./carried-stream.js";
import { EndedStreams } from "./ended-streams.js";

/** Says who sent what has an origin, such as the identity it proved; nothing for a stranger. */
export type OwnerOf = (origin: Origin) => string | undefined;

/** How to make an end. */
export interface StreamEndOptions {
  /** Its worker. */
  readonly worker: WorkerOptions;
  readonly isAcceptor: boolean;
  readonly probing: ProbeSettings;
  /** Who sent what has an origin; nothing for strangers. Default: nobody is known. */
  readonly ownerOf?: OwnerOf | undefined;
  /** Memory for streams. Default: that of the node. */
  readonly budget?: StreamBudget | undefined;
}

/** A message on its way to `send`. */
type Sending = { -readonly [Field in keyof OutgoingMessage]: OutgoingMessage[Field] };

/** How to make a stream of an end. */
interface NewStream {
  readonly id: StreamId;
  readonly path: StreamPath;
  readonly settings: StreamSettings;
  readonly openOptions?: Uint8Array | undefined;
  /** The connection it is carried by. */
  readonly peer: Address | undefined;
  /** Whose it is; nothing for a stranger's. */
  readonly owner?: string | undefined;
}

/** What both ends of streams share: a worker, the streams by their ids, and the way messages and refusals find them. */
export abstract class StreamEnd implements PathContext<CarriedStream> {
  readonly resources: StreamResources;
  readonly budget: StreamBudget;
  readonly isAcceptor: boolean;
  readonly probing: ProbeSettings;
  /** Its streams by their ids. */
  readonly carried: Map<StreamId, CarriedStream> = new Map();
  readonly probes: Map<StreamId, StreamPath> = new Map();
  /** Messages that were none of this protocol, or not understood. */
  malformed = 0;
  readonly #host: WorkerHost;
  readonly #worker: WorkerHandle;
  /**
   * Where answers come. What comes by a connection that its node dialled, such as that to a relay, reaches generated addresses alone,
   * and the address of an acceptor has a name.
   */
  readonly #answers: WorkerHandle;
  readonly #ended: EndedStreams = new EndedStreams();
  readonly #returnRoute: Route;
  protected readonly ownerOf: OwnerOf;

  constructor(host: WorkerHost, { worker, isAcceptor, probing, ownerOf, budget }: StreamEndOptions) {
    this.#host = host;
    this.resources = host.shared(streamResources);
    this.budget = budget ?? this.resources.budget;
    this.isAcceptor = isAcceptor;
    this.probing = probing;
    this.ownerOf = ownerOf ?? nobody;
    const { address, ...unnamed } = worker;
    this.#worker = host.startWorker((message) => this.#onMessage(message), worker);
    try {
      this.#answers =
        address !== undefined
          ? host.startWorker((message) => this.#onMessage(message), unnamed)
          : this.#worker;
    } catch (error) {
      void this.#worker.close();
      throw error;
    }
    this.#returnRoute = [this.#answers.address];
  }

  /** Its worker's address. */
  get address(): Address {
    return this.#worker.address;
  }

  /** Streams now. */
  get streams(): number {
    return this.carried.size;
  }

  /** Memory of the node for large reads. */
  get chunks(): ChunkPool {
    return this.resources.chunks;
  }

  abstract onPathUp(path: StreamPath, wasDown: boolean): void;
  abstract onPathFailed(path: StreamPath, failure: CulvertError, wasDown: boolean): void;
  /** Says whether whoever sent a message is one whose messages this end takes. */
  protected mayAnswer(_id: StreamId, _message: Message): boolean {
    return true;
  }

  /** A segment that opens a stream nobody knows yet; only an acceptor takes it. */
  protected abstract onOpen(id: StreamId, segment: Segment, message: Message): void;
  /** A segment of a known stream came by this message. */
  protected abstract onSegment(stream: CarriedStream, segment: Segment, message: Message): void;
  /** A stream is over for the protocol. */
  protected abstract onStreamClosed(stream: CarriedStream): void;

  send(
    { route, origin }: StreamPath,
    payload: Uint8Array | readonly Uint8Array[],
    release?: Release,
  ): Promise<void> | undefined {
    const message: Sending = { onwardRoute: route, returnRoute: this.#returnRoute, payload };
    if (release !== undefined) message.release = release;
    if (origin !== undefined) message.origin = origin;
    return this.#host.send(message);
  }

  watch: WorkerHost["watch"] = (address, listener) => this.#host.watch(address, listener);

  /** Makes a stream of this end. */
  protected newStream({ id, path, settings, openOptions, peer, owner }: NewStream): CarriedStream {
    const { wakeups, pages } = this.resources;
    const role = this.isAcceptor ? "acceptor" : "opener";
    const machine = new StreamMachine(
      { id, role, path: path.memory, budget: this.budget.shareOf(path.route), pages, settings, openOptions },
      wakeups.now(),
    );
    const onClosed = (stream: CarriedStream): void => {
      this.carried.delete(id);
      this.#ended.add(id, peer, machine.reason, wakeups.now());
      this.onStreamClosed(stream);
    };
    const stream = new CarriedStream(machine, { path, wakeups, owner, onClosed });
    this.carried.set(id, stream);
    return stream;
  }

  /** Refuses a stream that cannot be taken in. Keeps no state: the same open again is refused again. */
  protected refuseStream(id: StreamId, message: Message, reason: ResetReason): void {
    this.#answer(message, encodeReset(id, this.isAcceptor, reason));
  }

  /** Stops the worker and forgets all streams. */
  protected async closeEnd(): Promise<void> {
    for (const stream of this.carried.values()) stream.drop();
    this.carried.clear();
    await Promise.all([this.#worker.close(), this.#answers.close()]);
  }

  #onMessage(message: Message): void {
    if (message.refusal !== undefined) {
      this.#onRefusal(message);
      return;
    }
    const decoded = decodeStreamMessage(message.payload);
    if (decoded === undefined || decoded.fromAcceptor === this.isAcceptor) {
      this.malformed++;
      return;
    }
    const { kind, id } = decoded;
    if (!this.mayAnswer(id, message)) return;
    switch (kind) {
      case "segment":
        this.#onSegment(id, decoded.segment, message);
        return;
      case "hello":
        this.#answer(message, encodeShort("welcome", id, this.isAcceptor));
        return;
      case "welcome":
        this.#probed(id, message)?.heard(this.resources.wakeups.now());
        return;
      case "closed":
        this.#ofOwner(id, message)?.receiveClosed();
        return;
      case "reset":
        // One for a stream that is not known costs nothing: an open that comes later begins a stream, and is reset in its turn.
        this.#ofOwner(id, message)?.receiveReset(decoded.reason);
        this.#answer(message, encodeShort("closed", id, this.isAcceptor));
        return;
      default: {
        this.malformed++;
        const text = "this version of the stream protocol is not spoken here";
        this.#answer(message, encodeReset(id, this.isAcceptor, { code: "VERSION_UNSUPPORTED", text }));
      }
    }
  }

  #onSegment(id: StreamId, segment: Segment, message: Message): void {
    const stream = this.carried.get(id);
    if (stream !== undefined) {
      if (stream.owner !== this.ownerOf(message.origin)) {
        this.#answer(message, encodeReset(id, this.isAcceptor, notTheirs));
        return;
      }
      this.onSegment(stream, segment, message);
      stream.receive(segment, message.release);
      return;
    }
    const ended = this.#ended.get(id);
    if (ended === undefined && segment.open && this.isAcceptor) {
      this.onOpen(id, segment, message);
      return;
    }
    if (ended !== undefined && ended.reason === undefined) {
      this.#answer(message, encodeShort("closed", id, this.isAcceptor));
      return;
    }
    const reason = ended?.reason ?? { code: "STREAM_LOST", text: "the stream is not known here" };
    this.#answer(message, encodeReset(id, this.isAcceptor, reason));
  }

  /** A stream, for whoever it belongs to and nobody else. */
  #ofOwner(id: StreamId, { origin }: Message): CarriedStream | undefined {
    const stream = this.carried.get(id);
    return stream?.owner === this.ownerOf(origin) ? stream : undefined;
  }

  /** The path that a probe asked about, for whoever is at its other end and nobody else. */
  #probed(id: StreamId, { origin }: Message): StreamPath | undefined {
    const path = this.probes.get(id);
    if (path?.origin === undefined) return path;
    return this.ownerOf(path.origin) === this.ownerOf(origin) ? path : undefined;
  }

  /** Answers without keeping state. What cannot be sent is as good as lost on the way. */
  #answer(message: Message, payload: Uint8Array): void {
    void message.reply(payload);
  }

  #onRefusal(message: Message): void {
    const refused = readRefusal(message, this.isAcceptor);
    if (refused === undefined) return;
    const { kind, id, packetNumber, meaning, error } = refused;
    if (kind === "hello") {
      if (meaning === "pathDown") this.#probed(id, message)?.failed(error);
      return;
    }
    const stream = this.#ofOwner(id, message);
    if (stream === undefined || !stream.isUnderWay(packetNumber)) return;
    if (meaning === "pathDown") stream.path.failed(error);
    // A reset is sent again in any case.
    else if (kind === "reset") return;
    else if (meaning === "busy") stream.refusedAsBusy(packetNumber);
    else stream.refusedAsTooLarge(packetNumber);
  }
}

const nobody: OwnerOf = () => undefined;

/** What somebody hears who sends a segment of a stream that another opened. */
const notTheirs: ResetReason = { code: "ACCESS_DENIED", text: "the stream belongs to somebody else" };
