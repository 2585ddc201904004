import { maxExpressionDepth, maxExpressionLength } from "../limits.js";
import { formatPolicy, type Policy } from "./expression.js";
import { ExpressionReader } from "./expression-reader.js";
import { readFullForm } from "./full-form.js";
import { readShortForm } from "./short-form.js";

/** How a text begins that is meant as the full form: an operator behind the first parenthesis, whether there is such a one or not. */
const fullFormBeginning =
  /^\s*\(\s*(?:[^\s\w()]|(?:and|or|not)(?![\w.-])|[^\s()]+\s+(?!\s|(?:and|or)(?![\w.-])))/;

/**
 * Reads a policy, in its full form `(= subject.role "web")` or in its short one `component.db or component.web`.
 * What {@link formatPolicy} makes of it can be read again.
 *
 * @throws CulvertError POLICY_INVALID, naming what was understood and what was not
 */
export function parsePolicy(text: string): Policy {
  const short = new ExpressionReader(text);
  const shortPolicy = readShortForm(short);
  const isShort = (shortPolicy !== undefined && short.isAtEnd()) || !fullFormBeginning.test(text);
  const reader = isShort ? short : new ExpressionReader(text);
  const policy = isShort ? shortPolicy : readFullForm(reader);
  if (policy === undefined) throw reader.error("an expression begins with a name, `not` or `(`");
  if (!reader.isAtEnd()) throw reader.leftOver();
  return checkPolicy(policy, reader);
}

/** The short form is shorter, and hides levels: both limits are those of the full form, whichever was read. */
function checkPolicy(policy: Policy, reader: ExpressionReader): Policy {
  const { length } = formatPolicy(policy);
  if (length > maxExpressionLength) {
    throw reader.error(`it has ${length} characters in its full form: limit is ${maxExpressionLength}`);
  }
  if (levels(policy) > maxExpressionDepth) throw reader.tooDeep();
  return policy;
}

function levels(policy: Policy): number {
  if (policy.kind === "not") return 1 + levels(policy.part);
  if (policy.kind === "and" || policy.kind === "or") return 1 + Math.max(...policy.parts.map(levels));
  return 1;
}
