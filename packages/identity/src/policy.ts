// Policies alone, for those who check or show them: it loads fast, and needs no cryptography.
export { evaluatePolicy, type PolicyRequest } from "./policy/evaluate.js";
export { formatPolicy, type Policy, type Term } from "./policy/expression.js";
export { parsePolicy } from "./policy/parse-policy.js";
