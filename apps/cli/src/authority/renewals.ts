import { BackOff, isCulvertError } from "@x/core";
import type { Node } from "@x/routing";
import { defaultScope } from "../identities/home-credentials.js";
import type { HomeIdentities } from "../identities/home-identities.js";
import type { Membership } from "../identities/home-memberships.js";
import { failureFields, type RuntimeLog } from "../runtime/runtime-log.js";
import { askAuthority } from "./ask-authority.js";
import { firstRenewalRetryMs, maxRenewalRetryMs, renewalLookMs } from "./limits.js";

/** Of a credential's life, when it is renewed. Two thirds leave a third for an authority that is away. */
const renewAt = 2 / 3;

export interface RenewalOptions {
  readonly node: Node;
  readonly home: HomeIdentities;
  /** The name of the identity whose credentials are renewed. */
  readonly identity: string;
  /** Which of them. Default: those that all its nodes show. */
  readonly scope?: string | undefined;
  readonly log: RuntimeLog;
  /** Told when there is a new one, so that open channels show it before the old one ends. */
  readonly onRenewed?: () => void;
}

/** Renews the credentials by which a node's identity is a member, as long as the node runs. */
export class Renewals {
  readonly #options: RenewalOptions;
  readonly #given = new AbortController();
  readonly #retries = new Map<string, { readonly backOff: BackOff; dueAt: number }>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void>;

  constructor(options: RenewalOptions) {
    this.#options = options;
    this.#running = this.#look();
  }

  /** Gives up what is under way. Safe to call twice. */
  async close(): Promise<void> {
    this.#given.abort();
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #look(): Promise<void> {
    const { home, identity, log } = this.#options;
    let waitMs = renewalLookMs;
    try {
      const own = home.memberships
        .list()
        .filter((membership) => membership.identity === identity && membership.scope === this.#options.scope);
      for (const membership of own) {
        let dueAt = await this.#dueAt(membership);
        if (dueAt <= Date.now()) {
          await this.#renew(membership);
          dueAt = await this.#dueAt(membership);
        }
        waitMs = Math.min(waitMs, Math.max(0, dueAt - Date.now()));
      }
    } catch (error) {
      log.error({ err: error }, "Cannot look for credentials to renew");
    }
    if (this.#given.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#look();
    }, waitMs);
  }

  /** When a membership's credential is to be renewed, in milliseconds since 1970. Another node of the home may have done so. */
  async #dueAt({ authority, identity }: Membership): Promise<number> {
    const { home } = this.#options;
    const { identifier: subject } = home.find(identity);
    const all = await home.credentials.list();
    const own = all.filter(
      (one) =>
        one.issuer === authority &&
        one.subject === subject &&
        one.scope === (this.#options.scope ?? defaultScope) &&
        one.node === undefined,
    );
    const due = own.map(
      ({ notBeforeMs, expiresAtMs }) => notBeforeMs + (expiresAtMs - notBeforeMs) * renewAt,
    );
    const retryAt = this.#retries.get(authority)?.dueAt ?? 0;
    return Math.max(retryAt, Math.max(0, ...due));
  }

  async #renew({ authority, routes, identity }: Membership): Promise<void> {
    const { node, home, log } = this.#options;
    const retry = this.#retries.get(authority) ?? {
      backOff: new BackOff(firstRenewalRetryMs, maxRenewalRetryMs, Math.random),
      dueAt: 0,
    };
    try {
      const { credential } = await askAuthority(node, {
        authority,
        routes,
        identity: await home.use(identity),
        request: { version: 1, type: "renew" },
        signal: this.#given.signal,
      });
      const { scope } = this.#options;
      await home.credentials.store(credential, scope === undefined ? {} : { scope });
      this.#retries.delete(authority);
      this.#options.onRenewed?.();
      log.info(
        { authority, until: new Date(credential.expiresAtMs).toISOString() },
        "Renewed the credential",
      );
    } catch (error) {
      if (this.#given.signal.aborted) return;
      retry.dueAt = Date.now() + firstRenewalRetryMs + retry.backOff.next();
      this.#retries.set(authority, retry);
      const why = isCulvertError(error) ? failureFields(error) : { err: error };
      log.warn({ authority, ...why }, "Cannot renew the credential");
    }
  }
}
