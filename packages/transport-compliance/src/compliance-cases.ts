import { backPressureCases } from "./cases/back-pressure.js";
import { closingCases } from "./cases/closing.js";
import { diallingCases } from "./cases/dialling.js";
import { frameCases } from "./cases/frames.js";
import { handlerCases } from "./cases/handlers.js";
import { isolationCases } from "./cases/isolation.js";
import { listeningCases } from "./cases/listening.js";
import { livenessCases } from "./cases/liveness.js";
import { memoryCases } from "./cases/memory.js";
import { roomCases } from "./cases/room.js";
import { startingCases } from "./cases/starting.js";
import type { ComplianceCase } from "./compliance-case.js";

/** Every promise of the transport contract. */
export const complianceCases: readonly ComplianceCase[] = [
  ...frameCases,
  ...startingCases,
  ...backPressureCases,
  ...memoryCases,
  ...closingCases,
  ...handlerCases,
  ...diallingCases,
  ...listeningCases,
  ...roomCases,
  ...livenessCases,
  ...isolationCases,
];
