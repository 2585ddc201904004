import type { CulvertError, ErrorCode } from "@x/core";
import type { Carrier, Opener, StreamSettings } from "@x/stream/inner";
import { targetCheckMs } from "./limits.js";
import { WatchingEnd } from "./target/watching-end.js";
import { encodeVisitor } from "./visitors/visitor-options.js";

/** What a visitor's stream ends for when the outlet is there, and its target is not. */
const targetCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "TARGET_REFUSED",
  "TARGET_UNRESOLVED",
  "TARGET_UNREACHABLE",
  "TARGET_TIMED_OUT",
]);

/** Knows whether visitors of an inlet get to the target: from what became of them, and, once one did not, by asking the outlet. */
export class OutletWatch {
  readonly #opener: Pick<Opener, "open" | "state">;
  readonly #settings: StreamSettings;
  readonly #onChange: () => void;
  #stream: Carrier | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failure: CulvertError | undefined;
  #isClosed = false;

  /** @param onChange told when the target comes or goes */
  constructor(opener: Pick<Opener, "open" | "state">, settings: StreamSettings, onChange: () => void) {
    this.#opener = opener;
    this.#settings = settings;
    this.#onChange = onChange;
  }

  /** Why the target does not take visitors; nothing while it does. */
  get failure(): CulvertError | undefined {
    return this.#failure;
  }

  /** A visitor's stream ended before its time. */
  failed(error: CulvertError): void {
    if (!targetCodes.has(error.code) || this.#isClosed) return;
    const isNew = this.#failure === undefined;
    this.#failure = error;
    if (!isNew) return;
    this.#onChange();
    this.#ask();
  }

  /** A visitor's stream came to its end, or brought bytes of the target. */
  served(): void {
    if (this.#failure === undefined) return;
    clearTimeout(this.#timer);
    this.#back();
    this.#stream?.reset({ code: "ABORTED", text: "a visitor was served meanwhile" });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#stream?.reset({ code: "ABORTED", text: "the inlet was closed" });
  }

  /** While no route works there is nobody to ask. */
  #ask(): void {
    if (this.#opener.state.state === "down") {
      this.#askLater();
      return;
    }
    const stream = this.#opener.open({
      settings: this.#settings,
      openOptions: encodeVisitor({ watch: "1" }),
      attach: (carrier) => {
        this.#stream = carrier;
        return new WatchingEnd(carrier, (reason) => this.#answered(reason === undefined));
      },
    });
    stream.start();
    stream.end();
  }

  #askLater(): void {
    this.#timer = setTimeout(() => this.#ask(), targetCheckMs).unref();
  }

  #answered(isBack: boolean): void {
    this.#stream = undefined;
    if (this.#isClosed || this.#failure === undefined) return;
    if (isBack) this.#back();
    else this.#askLater();
  }

  #back(): void {
    this.#failure = undefined;
    this.#onChange();
  }
}
