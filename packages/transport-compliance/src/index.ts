// For those who test a transport.

// For those who build another runner or a report.
export type { ComplianceCase, Requirement } from "./compliance-case.js";
export { complianceCases } from "./compliance-cases.js";
export { describeTransport, type TestRunner } from "./describe-transport.js";
export { type Detour, pipeDetour, tcpDetour, udpDetour } from "./detour.js";
export { missingCapabilities, runComplianceCase } from "./run-case.js";
export type { ComplianceLimits, TransportSubject } from "./subject.js";
export type { TestBench } from "./test-bench.js";
