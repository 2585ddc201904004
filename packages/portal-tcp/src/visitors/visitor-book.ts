import { CulvertError, generateAddress } from "@x/core";
import type { Carrier } from "@x/stream/inner";
import type { PortalTraffic, Visitor, VisitorReport } from "./visitor-report.js";

/** Told of what happens to visitors. Must not throw. */
export type OnVisitor = (report: VisitorReport) => void;

interface Entry extends Visitor {
  readonly openedAt: number;
}

/** The visitors of one end of a portal: who is there, what became of them, and what they carried. */
export class VisitorBook {
  readonly #onVisitor: OnVisitor | undefined;
  readonly #isInlet: boolean;
  readonly #present = new Map<Carrier, Entry>();
  readonly #past = { visitors: 0, refused: 0, failed: 0, bytesToTarget: 0, bytesToVisitor: 0 };

  constructor(onVisitor: OnVisitor | undefined, isInlet: boolean) {
    this.#onVisitor = onVisitor;
    this.#isInlet = isInlet;
  }

  /** Visitors now. */
  get size(): number {
    return this.#present.size;
  }

  opened(carrier: Carrier, { id = generateAddress(), from }: Partial<Visitor>): void {
    this.#present.set(carrier, { id, from, openedAt: performance.now() });
    this.#past.visitors++;
    this.#onVisitor?.({ type: "opened", id, from });
  }

  refused(error: CulvertError, { id = generateAddress(), from }: Partial<Visitor>): void {
    this.#past.refused++;
    this.#onVisitor?.({ type: "refused", id, from, error });
  }

  /** The stream of a visitor is over. Returns false for one that is none of a visitor who is there. */
  ended(carrier: Carrier): boolean {
    const entry = this.#present.get(carrier);
    if (entry === undefined) return false;
    this.#present.delete(carrier);
    const { id, from, openedAt } = entry;
    const { reason } = carrier;
    const bytes = this.#bytes(carrier);
    this.#past.bytesToTarget += bytes.bytesToTarget;
    this.#past.bytesToVisitor += bytes.bytesToVisitor;
    if (reason !== undefined && reason.code !== "STREAM_RESET") this.#past.failed++;
    const error = reason && new CulvertError(reason.code, reason.text);
    const durationMs = Math.round(performance.now() - openedAt);
    this.#onVisitor?.({ type: "ended", id, from, ...bytes, durationMs, error });
    return true;
  }

  /** The end is closed, and with it the streams of all visitors. */
  endAll(): void {
    for (const carrier of [...this.#present.keys()]) this.ended(carrier);
  }

  traffic(): PortalTraffic {
    let { bytesToTarget, bytesToVisitor } = this.#past;
    for (const carrier of this.#present.keys()) {
      const bytes = this.#bytes(carrier);
      bytesToTarget += bytes.bytesToTarget;
      bytesToVisitor += bytes.bytesToVisitor;
    }
    return { ...this.#past, bytesToTarget, bytesToVisitor };
  }

  #bytes({ sentBytes, receivedBytes }: Carrier): Pick<PortalTraffic, "bytesToTarget" | "bytesToVisitor"> {
    return this.#isInlet
      ? { bytesToTarget: sentBytes, bytesToVisitor: receivedBytes }
      : { bytesToTarget: receivedBytes, bytesToVisitor: sentBytes };
  }
}
