import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxExpressionDepth, maxExpressionLength } from "../limits.js";
import { evaluatePolicy, type PolicyRequest } from "./evaluate.js";
import { formatPolicy, type Policy, type Term } from "./expression.js";
import { parsePolicy } from "./parse-policy.js";

const identifier = `I${"0123456789abcdef".repeat(4)}`;
const request = (attributes: Record<string, string> = {}): PolicyRequest => ({
  identifier,
  attributes,
  resource: "outlet",
  action: "handle_message",
});
const allows = (text: string, attributes?: Record<string, string>): boolean =>
  evaluatePolicy(parsePolicy(text), request(attributes));
const messageOf = (text: string): string => {
  try {
    parsePolicy(text);
  } catch (error) {
    expect(error).toMatchObject({ code: "POLICY_INVALID" });
    return (error as Error).message;
  }
  return "no error";
};

describe("parsePolicy, formatPolicy", () => {
  it.each([
    ["component.db", '(= subject.component.db "true")'],
    [
      "component.db or component.web",
      '(or (= subject.component.db "true") (= subject.component.web "true"))',
    ],
    ["a and b and c", '(and (= subject.a "true") (= subject.b "true") (= subject.c "true"))'],
    ["a or b and not c", '(or (= subject.a "true") (and (= subject.b "true") (not (= subject.c "true"))))'],
    ["(a or b) and c", '(and (or (= subject.a "true") (= subject.b "true")) (= subject.c "true"))'],
    ["not (not a)", '(not (not (= subject.a "true")))'],
    ["(not a)", '(not (= subject.a "true"))'],
    ["not(a)", '(not (= subject.a "true"))'],
    [" ( a )\n", '(= subject.a "true")'],
    ["order or android", '(or (= subject.order "true") (= subject.android "true"))'],
    ["or-else and and.then", '(and (= subject.or-else "true") (= subject.and.then "true"))'],
    ['( =  subject.role   "web" )', '(= subject.role "web")'],
    ['(not (or (= resource "a\\"\\\\b")))', '(not (or (= resource "a\\"\\\\b")))'],
    ['(member? subject.role ["a" "b"])', '(member? subject.role ["a" "b"])'],
    ['(member? action ["handle_message"subject.x])', '(member? action ["handle_message" subject.x])'],
    [`(= subject.identifier "${identifier}")`, `(= subject.identifier "${identifier}")`],
  ])("read %j and show it as %j, which reads the same", (text, shown) => {
    expect(formatPolicy(parsePolicy(text))).toBe(shown);
    expect(formatPolicy(parsePolicy(shown))).toBe(shown);
  });

  it.each([
    ["component.db or", "successfully parsed: `component.db`, but ` or` cannot be parsed"],
    ["a and", "successfully parsed: `a`, but ` and` cannot be parsed"],
    ["a or b or", "successfully parsed: `a or b`, but ` or` cannot be parsed"],
    ["a b", "successfully parsed: `a`, but ` b` cannot be parsed"],
    ["na*me", "successfully parsed: `na`, but `*me` cannot be parsed"],
    ["a or (b", "successfully parsed: `a`, but ` or (b` cannot be parsed"],
    ['(= subject.a "x") y', 'successfully parsed: `(= subject.a "x")`, but ` y` cannot be parsed'],
    ["", "an expression begins with a name, `not` or `(`"],
    ["or", "an expression begins with a name, `not` or `(`"],
    ["(a  or b", "an expression begins with a name, `not` or `(`"],
    ["()", "an expression begins with a name, `not` or `(`"],
    ['(= subject.role "web"', "expected a name or a text in quotation marks at character 22"],
    ['(= subject.role "web', "expected a name or a text in quotation marks at character 16"],
    ['(and (= subject.role "a") b)', "expected `(` at character 26"],
    ["(= subject.role)", "expected a name or a text in quotation marks at character 16"],
    ["(and)", "expected `(` at character 5"],
    ['(member? subject.role "a")', "expected `[` at character 22"],
    ["(member? subject.role [])", "expected a name or a text in quotation marks at character 24"],
    ['(< subject.age "5")', "there is no operator `<`"],
    ['(equals subject.a "x")', "there is no operator `equals`"],
    ['(= subject.rôle "x")', "expected a name or a text in quotation marks at character 13"],
    ['(= role "x")', "there is no name `role`"],
    ['(= subject.__proto__ "x")', "there is no name `subject.__proto__`"],
  ])("refuse %j, naming what is wrong", (text, why) => {
    expect(messageOf(text)).toContain(`invalid value '${text}': `);
    expect(messageOf(text)).toContain(why);
  });

  it("bound length and depth of both forms, by the full one", () => {
    const nested = (levels: number): string => `${"(not ".repeat(levels)}(= action "x")${")".repeat(levels)}`;
    expect(formatPolicy(parsePolicy(nested(maxExpressionDepth - 1)))).toBe(nested(maxExpressionDepth - 1));
    expect(messageOf(nested(maxExpressionDepth))).toContain("more than 32 levels");
    expect(formatPolicy(parsePolicy(`${"(".repeat(40)}a${")".repeat(40)}`))).toBe('(= subject.a "true")');
    expect(messageOf(`${"not ".repeat(maxExpressionDepth)}a`)).toContain("more than 32 levels");
    expect(messageOf(`${"(".repeat(1_000)}a${")".repeat(1_000)}`)).toContain("more than 32 levels");
    expect(messageOf("a".repeat(maxExpressionLength + 1))).toContain("limit is 4096");
    expect(messageOf(new Array(300).fill("a").join(" or "))).toContain("in its full form: limit is 4096");
    expect(messageOf("x".repeat(65))).toContain("begins with a name");
  });

  it("answer any text with a policy that reads the same, or with one code", () => {
    const pieces = fc.constantFrom(
      "(",
      ")",
      "[",
      "]",
      "=",
      "and",
      "or",
      "not",
      "member?",
      '"',
      "\\",
      " ",
      "a",
      '"x"',
      "subject.a",
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(pieces, { maxLength: 20 }).map((all) => all.join(" ")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        let policy: Policy;
        try {
          policy = parsePolicy(text);
        } catch (error) {
          expect(error).toMatchObject({ code: "POLICY_INVALID" });
          return;
        }
        expect(parsePolicy(formatPolicy(policy))).toEqual(policy);
      }),
      { numRuns: 3_000 },
    );
  });

  it("read what is deep or long in a time that does not explode", () => {
    for (const text of [
      "(".repeat(4_000),
      "(a or ".repeat(600),
      "not ".repeat(1_000),
      `(= action ${'"a" '.repeat(900)}`,
    ]) {
      expect(messageOf(text)).toContain("Cannot read policy");
    }
  });
});

describe("evaluatePolicy", () => {
  it("compares identifier, attributes, resource and action", () => {
    expect(allows(`(= subject.identifier "${identifier}")`)).toBe(true);
    expect(allows(`(= subject.identifier "${identifier.toUpperCase()}")`)).toBe(false);
    expect(allows('(= subject.role "web")', { role: "web" })).toBe(true);
    expect(allows('(= subject.role "web")', { role: "Web" })).toBe(false);
    expect(allows('(and (= resource "outlet") (= action "handle_message"))')).toBe(true);
    expect(allows('(= subject.a subject.b "x")', { a: "x", b: "x" })).toBe(true);
    expect(allows('(= subject.a subject.b "x")', { a: "x", b: "y" })).toBe(false);
    expect(allows('(member? subject.role ["a" "b"])', { role: "b" })).toBe(true);
    expect(allows('(member? subject.role ["a" "b"])', { role: "c" })).toBe(false);
    expect(allows("component.db or component.web", { "component.db": "true" })).toBe(true);
    expect(allows("component.db", { "component.db": "yes" })).toBe(false);
  });

  it("reads from left to right, and only what decides", () => {
    expect(allows("a or b", { a: "true" })).toBe(true);
    expect(allows("a and b", { a: "no" })).toBe(false);
    expect(allows("not (a and b)", { a: "no" })).toBe(true);
  });

  it.each([
    '(not (= subject.role "web"))',
    "not a",
    "a or b",
    '(not (and (= subject.x "1") (= action "x")))',
    '(not (member? subject.x ["a"]))',
    '(or (= subject.x "1") (= action "handle_message"))',
    "not not not a",
  ])("refuses all of %s when an attribute that it reads is absent", (text) => {
    expect(allows(text, { b: "true" })).toBe(false);
    expect(allows(text)).toBe(false);
  });

  it("knows no attributes that objects have by themselves", () => {
    expect(allows('(not (= subject.constructor "x"))')).toBe(false);
    expect(allows('(not (= subject.toString "x"))')).toBe(false);
  });

  it.each(['(= action "handle_message")', '(not (= action "other"))', '(or (= "a" "a"))', "not a"])(
    "says no to a stranger: %s",
    (text) => {
      const stranger = { ...request({ a: "no" }), identifier: undefined };
      expect(evaluatePolicy(parsePolicy(text), request({ a: "no" }))).toBe(true);
      expect(evaluatePolicy(parsePolicy(text), stranger)).toBe(false);
    },
  );

  it("agrees with an oracle, and lets no attribute's absence let anybody in", () => {
    fc.assert(
      fc.property(policies(), requests(), (policy, asked) => {
        const reread = parsePolicy(formatPolicy(policy));
        expect(reread).toEqual(policy);
        expect(evaluatePolicy(reread, asked)).toBe(oracle(policy, asked));
      }),
      { numRuns: 3_000 },
    );
  });
});

/** The same by exceptions: whoever reads what is not there leaves all of it. */
function oracle(policy: Policy, asked: PolicyRequest): boolean {
  const absent = new Error("Absent");
  const readTerm = (term: Term): string => {
    if (term.kind === "text") return term.text;
    const names = new Map(
      Object.entries(asked.attributes ?? {}).map(([name, value]) => [`subject.${name}`, value]),
    );
    names.set("resource", asked.resource).set("action", asked.action);
    if (asked.identifier !== undefined) names.set("subject.identifier", asked.identifier);
    const value = names.get(term.name);
    if (value === undefined) throw absent;
    return value;
  };
  const holds = (part: Policy): boolean => {
    if (part.kind === "not") return !holds(part.part);
    if (part.kind === "=") return new Set(part.terms.map(readTerm)).size === 1;
    if (part.kind === "member?") {
      const [value, ...list] = [part.term, ...part.list].map(readTerm);
      return new Set(list).has(value ?? "");
    }
    return part.kind === "and" ? part.parts.every(holds) : part.parts.some(holds);
  };
  if (asked.identifier === undefined) return false;
  try {
    return holds(policy);
  } catch (error) {
    if (error === absent) return false;
    throw error;
  }
}

function policies(): fc.Arbitrary<Policy> {
  const name = fc.constantFrom(
    "subject.a",
    "subject.b",
    "subject.c",
    "subject.identifier",
    "resource",
    "action",
  );
  const text = fc.constantFrom("x", "y", "true", "outlet", "", 'q"\\', "(");
  const term: fc.Arbitrary<Term> = fc.oneof(
    name.map((each) => ({ kind: "name" as const, name: each })),
    text.map((each) => ({ kind: "text" as const, text: each })),
  );
  const { policy } = fc.letrec<{ policy: Policy }>((tie) => {
    const parts = fc.array(tie("policy"), { minLength: 1, maxLength: 3 });
    return {
      policy: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        fc.record({ kind: fc.constant("=" as const), terms: fc.array(term, { minLength: 2, maxLength: 3 }) }),
        fc.record({
          kind: fc.constant("member?" as const),
          term,
          list: fc.array(term, { minLength: 1, maxLength: 3 }),
        }),
        fc.record({ kind: fc.constantFrom("and" as const, "or" as const), parts }),
        fc.record({ kind: fc.constant("not" as const), part: tie("policy") }),
      ),
    };
  });
  return policy.filter((each) => formatPolicy(each).length <= maxExpressionLength);
}

function requests(): fc.Arbitrary<PolicyRequest> {
  return fc.record({
    identifier: fc.constantFrom(identifier, identifier, undefined),
    attributes: fc.dictionary(fc.constantFrom("a", "b"), fc.constantFrom("x", "y", "true")),
    resource: fc.constantFrom("outlet", "x"),
    action: fc.constantFrom("y", "handle_message"),
  });
}
