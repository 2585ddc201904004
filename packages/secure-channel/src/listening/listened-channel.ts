import type { Message, Origin, Release, Route, WorkerHost } from "@x/core";
import { ChannelEnd, type ChannelEndOptions } from "../channel-end.js";
import { type ProvenPeer, refusedError } from "../peer.js";
import type { Session } from "../record/session.js";
import { type ChannelRefusal, writeEnd } from "../wire/control.js";
import { innerType } from "../wire/inner.js";

interface Path {
  /** The way back to the dialler, as its newest record showed it. */
  readonly route: Route;
  readonly origin: Origin;
}

/** A session with what its handshake knew. */
interface KnownSession {
  readonly session: Session;
  readonly peer: ProvenPeer;
}

/** Most sessions of one channel: the one in use, the one before, and two that are not confirmed. */
const maxSessions = 4;

/** A channel at the listener's end. */
export class ListenedChannel {
  /** By which it is renewed. */
  readonly nameKey: string;
  readonly identifier: string;
  readonly end: ChannelEnd;
  readonly #host: WorkerHost;
  readonly #sessions = new Map<string, KnownSession>();
  #path: Path | undefined;
  #stopWatching: () => void = () => {};
  #heardAt = performance.now();
  #peer: ProvenPeer;

  constructor(nameKey: string, peer: ProvenPeer, options: Omit<ChannelEndOptions, "sendRecord" | "wayBack">) {
    this.nameKey = nameKey;
    this.identifier = peer.identifier;
    this.#peer = peer;
    this.#host = options.host;
    this.end = new ChannelEnd({
      ...options,
      sendRecord: (record, release) => this.#send(record, release),
      wayBack: () => this.#path?.route.slice(0, -1) ?? [],
    });
    this.end.setDown("session", "its first record did not come yet");
  }

  /** Its sessions, as keys of a map. */
  get sessionKeys(): Iterable<string> {
    return this.#sessions.keys();
  }

  get isConfirmed(): boolean {
    return this.end.session !== undefined;
  }

  get silentMs(): number {
    return performance.now() - this.#heardAt;
  }

  get expiresAtMs(): number | undefined {
    return this.#peer.credential?.expiresAtMs;
  }

  session(localKey: string): Session | undefined {
    return this.#sessions.get(localKey)?.session;
  }

  /** Takes the keys of a handshake; they are used once a record showed that the dialler has them. Returns what gave way. */
  addSession(session: Session, peer: ProvenPeer): string | undefined {
    this.#sessions.set(session.localKey, { session, peer });
    if (this.#sessions.size <= maxSessions) return undefined;
    for (const key of this.#sessions.keys()) {
      if (key === this.end.session?.localKey) continue;
      this.#sessions.delete(key);
      return key;
    }
    return undefined;
  }

  removeSession(localKey: string): void {
    this.#sessions.delete(localKey);
  }

  /** A record of the dialler was opened. Returns whether it is the first with these keys. */
  heard(session: Session, message: Message, isNewest: boolean): boolean {
    this.#heardAt = performance.now();
    const current = this.end.session;
    const isNew = current === undefined || session.startedAt > current.startedAt;
    if (isNew) this.#use(session);
    if (isNewest && session === this.end.session) this.#follow(message);
    return isNew;
  }

  /** Removes the sessions before the one in use, once it is old enough. Returns them. */
  removeOld(overlapMs: number): readonly string[] {
    const current = this.end.session;
    if (current === undefined || current.ageMs < overlapMs) return [];
    const old = [...this.#sessions.values()]
      .filter(({ session }) => session.startedAt < current.startedAt)
      .map(({ session }) => session.localKey);
    for (const key of old) this.#sessions.delete(key);
    return old;
  }

  /** Says to the dialler that it ends, and closes this end. */
  close(why: ChannelRefusal | undefined): Promise<void> {
    if (why !== undefined) this.end.sendContent(writeEnd(innerType.close, why));
    this.#stopWatching();
    // A listener that ends may come back, and so may a dialler that was not told anything.
    const isForGood = why !== undefined && why.code !== "NODE_CLOSED";
    return this.end.close(isForGood ? refusedError(why, this.end.address) : undefined);
  }

  #use(session: Session): void {
    this.#peer = this.#sessions.get(session.localKey)?.peer ?? this.#peer;
    this.end.use(session, this.#peer);
    this.end.setDown("session");
  }

  /** What is sent follows the dialler: along the way back of the newest record whose tag was right. */
  #follow(message: Message): void {
    if (!message.canReply) return;
    const [before] = this.#path?.route ?? [];
    this.#path = { route: message.returnRoute, origin: message.origin };
    const [beneath] = message.returnRoute;
    if (beneath === undefined || beneath === before) return;
    this.#stopWatching();
    this.#stopWatching = this.#host.watch(beneath, (state) => {
      this.end.setDown("beneath", state === "up" ? undefined : `the way back to its dialler is ${state}`);
    });
  }

  #send(payload: readonly Uint8Array[], release?: Release): Promise<void> | undefined {
    if (this.#path === undefined) return undefined;
    const { route: onwardRoute, origin } = this.#path;
    const message = { onwardRoute, returnRoute: [this.end.address], payload, origin };
    return this.#host.send(release === undefined ? message : { ...message, release });
  }
}
