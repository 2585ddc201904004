import { isDeepStrictEqual } from "node:util";
import type { Option } from "./option.js";

/** Parameters of a thing by name. */
export type Params = Readonly<Record<string, unknown>>;

/** The parameters that are kept of a thing; those that count for its making alone are left out. */
export function keptParams(options: readonly Option[], params: object): Params {
  const kept = new Set(options.filter(({ once }) => once !== true).map(({ as }) => as));
  return Object.fromEntries(Object.entries(params).filter(([name]) => kept.has(name)));
}

/** The names of the parameters in which a thing is not as it is wanted. */
export function differences(options: readonly Option[], wanted: Params, has: Params): readonly string[] {
  const kept = options.filter(({ as, once }) => as !== "" && once !== true);
  const different = kept.filter(({ as, kind: { suits = isDeepStrictEqual } }) => {
    const [one, other] = [wanted[as], has[as]];
    return one === undefined || other === undefined ? one !== other : !suits(one, other);
  });
  return [...new Set(different.map(({ as }) => as))];
}
