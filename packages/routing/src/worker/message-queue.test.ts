import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MessageQueue, type QueueBounds, QueueTotal } from "./message-queue.js";

const maxTotalBytes = 10_000;

interface Made {
  readonly queue: MessageQueue<string>;
  readonly givenBack: string[];
}

function queueOf(bounds: Partial<QueueBounds> = {}, total = new QueueTotal(maxTotalBytes)): Made {
  const givenBack: string[] = [];
  const all = { maxMessages: 8, maxBytes: 4_000, ...bounds };
  return { queue: new MessageQueue(all, total, (item) => givenBack.push(item)), givenBack };
}

function drain({ queue }: Made): string[] {
  const items: string[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) items.push(item);
  return items;
}

describe("MessageQueue", () => {
  it("is all for one source while nobody else comes", () => {
    const made = queueOf();
    for (let i = 0; i < 20; i++) expect(made.queue.push(`${i}`, 10, "hog")).toBe(i < 8);
    expect(made.givenBack).toEqual([]);
    expect(drain(made)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
  });

  it("lets the newest of the source with most give way to those that have less, and keeps the order", () => {
    const made = queueOf();
    for (let i = 0; i < 8; i++) made.queue.push(`hog ${i}`, 10, "hog");
    const taken = [1, 2, 3, 4, 5].map((i) => made.queue.push(`honest ${i}`, 10, undefined));
    expect(taken).toEqual([true, true, true, true, false]);
    expect(made.givenBack).toEqual(["hog 7", "hog 6", "hog 5", "hog 4"]);
    expect(made.queue.push("hog 9", 10, "hog")).toBe(false);
    expect(drain(made).slice(0, 5)).toEqual(["hog 0", "hog 1", "hog 2", "hog 3", "honest 1"]);
  });

  it("does so by bytes too", () => {
    const made = queueOf();
    for (let i = 0; i < 4; i++) made.queue.push(`hog ${i}`, 1_000, "hog");
    expect(made.queue.push("honest", 1_500, "honest")).toBe(true);
    expect(made.givenBack).toEqual(["hog 3", "hog 2"]);
    expect(made.queue.push("too much", 3_000, "honest")).toBe(false);
  });

  it("lets the source with most in all queues give way when all together are full", () => {
    const total = new QueueTotal(maxTotalBytes);
    const hogs = [queueOf({}, total), queueOf({}, total), queueOf({}, total)];
    for (let i = 0; i < 4; i++) for (const { queue } of hogs) queue.push(`hog ${i}`, 1_000, "hog");
    expect(total.bytes).toBe(10_000);
    const honest = queueOf({}, total);
    expect(honest.queue.push("honest", 1_000, "honest")).toBe(true);
    expect(hogs.flatMap(({ givenBack }) => givenBack)).toEqual(["hog 3"]);
    expect(total.bytes).toBe(10_000);
    for (const each of [...hogs, honest]) drain(each);
    expect(total.bytes).toBe(0);
  });

  it("never exceeds its bounds, loses nothing in silence, and keeps the order of each source", () => {
    const step = fc.record({
      queue: fc.nat(2),
      source: fc.constantFrom("a", "b", "c", undefined),
      bytes: fc.integer({ min: 1, max: 2_000 }),
      takes: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const total = new QueueTotal(maxTotalBytes);
        const queues = [queueOf({}, total), queueOf({}, total), queueOf({}, total)];
        const accepted: string[] = [];
        const left: string[] = [];
        for (const [number, { queue: index, source, bytes, takes }] of steps.entries()) {
          const { queue } = queues[index] as Made;
          const name = `${index} ${source} ${number}`;
          if (queue.push(name, bytes, source)) accepted.push(name);
          const taken = takes ? queue.shift() : undefined;
          if (taken !== undefined) left.push(taken);
          expect(queue.length).toBeLessThanOrEqual(8);
          expect(total.bytes).toBeLessThanOrEqual(maxTotalBytes);
        }
        for (const each of queues) left.push(...drain(each));
        expect(total.bytes).toBe(0);
        const gaveWay = queues.flatMap(({ givenBack }) => givenBack);
        expect([...left, ...gaveWay].sort()).toEqual(accepted.sort());
        for (const [index] of queues.entries())
          for (const source of ["a", "b", "c", undefined]) {
            const numbers = left
              .filter((name) => name.startsWith(`${index} ${source} `))
              .map((name) => Number(name.split(" ")[2]));
            expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
          }
      }),
    );
  });
});
