import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { maxTicketLength, maxTicketRoutes } from "./limits.js";
import { Ticket } from "./ticket.js";

const authority = `I${"1f".repeat(32)}`;
const secret = "0123456789abcdef".repeat(2);
const routes = [
  ["tcp#192.0.2.1:7000", "api"],
  ["tcp#relay.example:7000", "forward_to_authority", "api"],
];
const invalid = expect.objectContaining({ code: "TICKET_INVALID" });

/** A ticket of whatever is given, with a check that fits. */
function sealed(content: unknown): string {
  const ticket = new Ticket(authority, routes, secret);
  return Object.assign(ticket, content).text();
}

describe("Ticket", () => {
  it("is one line that is read back, also with blanks around it", () => {
    const text = new Ticket(authority, routes, secret).text();
    expect(text).toMatch(/^culvert1_[A-Za-z0-9_-]+$/);
    const read = Ticket.parse(`  ${text}\r\n`);
    expect(read).toMatchObject({ authority, routes });
    expect(read.secret()).toBe(secret);
    expect(read.text()).toBe(text);
  });

  it("is refused when a character of it is missing, added or changed", () => {
    const text = new Ticket(authority, routes, secret).text();
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === "A" ? "B" : "A";
      for (const broken of [text.slice(0, at), `${text.slice(0, at)}${other}${text.slice(at + 1)}`]) {
        expect(() => Ticket.parse(broken)).toThrow(invalid);
      }
    }
    expect(() => Ticket.parse(`${text}A`)).toThrow(invalid);
    expect(() => Ticket.parse("")).toThrow(invalid);
    expect(() => Ticket.parse(`culvert1_${"A".repeat(maxTicketLength)}`)).toThrow(/limit is/);
  });

  it.each([
    { authority: "I12" },
    { routes: [] },
    { routes: [["api"]] },
    { routes: [["tcp#192.0.2.1:7000"]] },
    { routes: [["tcp#192.0.2.1:7000", "a b"]] },
    { routes: [[]] },
    { routes: "tcp#192.0.2.1:7000" },
    { routes: Array.from({ length: maxTicketRoutes + 1 }, () => ["tcp#192.0.2.1:7000", "api"]) },
  ])("is refused with %j in it", (content) => {
    expect(() => Ticket.parse(sealed(content))).toThrow(invalid);
  });

  it("is refused with a secret of another length", () => {
    for (const wrong of ["", "00", `${secret}00`, "x".repeat(32)])
      expect(() => Ticket.parse(new Ticket(authority, routes, wrong).text())).toThrow(invalid);
  });

  it("shows its secret to nobody who does not ask for it", () => {
    const ticket = new Ticket(authority, routes, secret);
    const shown = [String(ticket), JSON.stringify(ticket), inspect(ticket, { showHidden: true, depth: 9 })];
    for (const text of shown) expect(text).not.toContain(secret);
    expect(shown.join()).toContain(authority);
  });
});
