import { describe, expect, it } from "vitest";
import { parseCallTable } from "./system-calls.js";

const table = `strace: Process 4711 attached with 11 threads
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 61.02    0.102938          12      8123           writev
 30.00    0.050000           6      8456       120 read
  8.98    0.015000           3      4321           epoll_wait
------ ----------- ----------- --------- --------- ----------------
100.00    0.167938          10     20900       120 total`;

describe("parseCallTable()", () => {
  it("reads calls by name, with and without errors, and leaves out the total", () => {
    expect([...parseCallTable(table)]).toEqual([
      ["writev", 8123],
      ["read", 8456],
      ["epoll_wait", 4321],
    ]);
  });

  it("finds nothing in other text", () => {
    expect(parseCallTable("strace: attach: ptrace: Operation not permitted").size).toBe(0);
  });
});
