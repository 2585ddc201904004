import assert from "node:assert/strict";
import { type ErrorCode, isCulvertError } from "@x/core";

/** Checks that an action throws, or rejects, with one of these codes. */
export async function expectError(
  what: string,
  codes: readonly ErrorCode[],
  action: () => unknown,
): Promise<void> {
  let failure: unknown;
  try {
    await action();
  } catch (thrown) {
    failure = thrown;
  }
  checkError(what, codes, failure);
}

/** Checks that an action returns a promise, and that it rejects with one of these codes. */
export async function expectRejection(
  what: string,
  codes: readonly ErrorCode[],
  action: () => Promise<unknown>,
): Promise<void> {
  let promise: Promise<unknown>;
  try {
    promise = action();
  } catch (thrown) {
    assert.fail(`${what} threw ${String(thrown)} where it has to reject`);
  }
  await expectError(what, codes, () => promise);
}

/** Checks that an action throws with this code before it returns. */
export function expectThrow(what: string, code: ErrorCode, action: () => unknown): void {
  let failure: unknown;
  try {
    void action();
  } catch (thrown) {
    failure = thrown;
  }
  checkError(what, [code], failure);
}

/** Checks that a failure is a `CulvertError` with one of these codes. */
export function checkError(what: string, codes: readonly ErrorCode[], failure: unknown): void {
  const wanted = codes.join(" or ");
  assert.ok(failure !== undefined, `${what} did not fail with ${wanted}`);
  const shown = isCulvertError(failure) ? failure.code : String(failure);
  assert.ok(
    isCulvertError(failure) && codes.includes(failure.code),
    `${what} failed with ${shown} instead of ${wanted}`,
  );
}
