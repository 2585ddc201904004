import { afterEach, describe, expect, it, vi } from "vitest";
import { maxMembers, maxTickets } from "./limits.js";
import { type AuthorityState, type AuthorityStore, Members } from "./members.js";

afterEach(() => {
  vi.useRealTimers();
});

const code = (expected: string): object => expect.objectContaining({ code: expected });
const one = `I${"1".repeat(64)}`;
const other = `I${"2".repeat(64)}`;
const third = `I${"3".repeat(64)}`;

/** Keeps what was saved last, as a file would. */
class MemoryStore implements AuthorityStore {
  saved: string | undefined;
  saves = 0;
  failure: Error | undefined;

  load(): AuthorityState | undefined {
    return this.saved === undefined ? undefined : (JSON.parse(this.saved) as AuthorityState);
  }

  async save(state: AuthorityState): Promise<void> {
    const text = JSON.stringify(state);
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    this.saves++;
    this.saved = text;
  }
}

const ticket = { attributes: { role: "web" }, usageCount: 1, lifetimeMs: 60_000 };

describe("Members", () => {
  it("enrolls by a ticket, which is kept without its secret, and knows its members after a restart", async () => {
    const store = new MemoryStore();
    const members = new Members(store);
    expect(members.attributesOf(one)).toBeUndefined();
    const secret = await members.createTicket(ticket);
    expect(secret).toMatch(/^[0-9a-f]{32}$/);
    expect(await members.enroll(secret, one)).toEqual({ isFirst: true });
    expect(store.saved).not.toContain(secret);
    const again = new Members(store);
    expect(again.attributesOf(one)).toEqual({ role: "web" });
    await expect(again.enroll(secret, other)).rejects.toThrow(/it is spent/);
  });

  it("spends a ticket once, also when several come at once, and is on the disk before it says so [ticket-once]", async () => {
    const store = new MemoryStore();
    const members = new Members(store);
    const secret = await members.createTicket({ ...ticket, usageCount: 2 });
    const outcomes = await Promise.allSettled([one, other, third].map((who) => members.enroll(secret, who)));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(outcomes[0]).toMatchObject({ value: { isFirst: true } });
    expect(outcomes[1]).toMatchObject({ value: { isFirst: false } });
    expect(outcomes[2]).toMatchObject({ reason: code("TICKET_REFUSED") });
    expect(Object.keys(store.load()?.members ?? {})).toEqual([one, other]);
  });

  it("lets whoever used a ticket use it again, in case the answer was lost, and spends nothing", async () => {
    const members = new Members(new MemoryStore());
    const secret = await members.createTicket({ ...ticket, usageCount: 2 });
    for (let times = 0; times < 3; times++)
      expect(await members.enroll(secret, one)).toEqual({ isFirst: true });
    expect(await members.enroll(secret, other)).toEqual({ isFirst: false });
    expect(await members.enroll(secret, other)).toEqual({ isFirst: false });
    await expect(members.enroll(secret, third)).rejects.toThrow(code("TICKET_REFUSED"));
  });

  it("takes everything back that could not be saved", async () => {
    const store = new MemoryStore();
    const members = new Members(store);
    const secret = await members.createTicket(ticket);
    store.failure = new Error("disk full");
    await expect(members.enroll(secret, one)).rejects.toThrow("disk full");
    await expect(members.createTicket(ticket)).rejects.toThrow("disk full");
    expect(members.attributesOf(one)).toBeUndefined();
    store.failure = undefined;
    expect(await members.enroll(secret, other)).toEqual({ isFirst: true });
    expect(store.load()?.tickets).toHaveLength(1);
  });

  it("refuses tickets from the millisecond of their end on, and those it does not know", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const members = new Members(new MemoryStore());
    const secret = await members.createTicket({ ...ticket, usageCount: 2 });
    vi.setSystemTime(Date.now() + 59_999);
    await members.enroll(secret, one);
    vi.setSystemTime(Date.now() + 1);
    await expect(members.enroll(secret, other)).rejects.toThrow(/it has expired/);
    await expect(members.enroll(secret, one)).rejects.toThrow(/it has expired/);
    await expect(members.enroll("00".repeat(16), other)).rejects.toThrow(/not known/);
    // Members stay.
    expect(members.attributesOf(one)).toEqual({ role: "web" });
  });

  it("adds what tickets say to what the operator says", async () => {
    const members = new Members(new MemoryStore(), { [one]: { role: "admin", site: "a" } });
    expect(members.attributesOf(one)).toEqual({ role: "admin", site: "a" });
    await members.enroll(await members.createTicket(ticket), one);
    await members.enroll(await members.createTicket({ ...ticket, attributes: { db: "true" } }), one);
    expect(members.attributesOf(one)).toEqual({ role: "web", site: "a", db: "true" });
    expect(members.attributesOf("constructor")).toBeUndefined();
  });

  it("lets go of members for good, but for those that the operator named", async () => {
    const store = new MemoryStore();
    const members = new Members(store, { [other]: { role: "admin" } });
    const secret = await members.createTicket(ticket);
    await members.enroll(secret, one);
    expect(members.list()).toEqual([
      { identifier: other, attributes: { role: "admin" }, isTrusted: true },
      { identifier: one, attributes: { role: "web" }, isTrusted: false },
    ]);
    store.failure = new Error("disk full");
    await expect(members.remove(one)).rejects.toThrow("disk full");
    expect(members.list()).toHaveLength(2);
    store.failure = undefined;
    expect(await members.remove(one)).toBe(true);
    expect(await members.remove(other)).toBe(false);
    await members.enroll(secret, one);
    expect(members.attributesOf(one)).toBeUndefined();
    expect(new Members(store).attributesOf(one)).toBeUndefined();
    await members.enroll(await members.createTicket(ticket), one);
    expect(members.attributesOf(one)).toEqual({ role: "web" });
  });

  it("has no more tickets and members than its limits; tickets that expired make room", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const members = new Members(new MemoryStore());
    for (let count = 0; count < maxTickets; count++) await members.createTicket(ticket);
    await expect(members.createTicket(ticket)).rejects.toThrow(code("TICKET_LIMIT_EXCEEDED"));
    vi.setSystemTime(Date.now() + 60_000);
    await members.createTicket(ticket);
    const store = new MemoryStore();
    const many = Array.from({ length: maxMembers }, (_, index) => [
      `I${index.toString(16).padStart(64, "0")}`,
      {},
    ]);
    store.saved = JSON.stringify({ tickets: [], members: Object.fromEntries(many) });
    const full = new Members(store);
    const secret = await full.createTicket(ticket);
    await expect(full.enroll(secret, one)).rejects.toThrow(code("MEMBER_LIMIT_EXCEEDED"));
    await full.enroll(secret, `I${"0".repeat(64)}`);
  });
});
