import type { Role } from "../../spec/roles.ts";
import type { PlanRole } from "../draft.ts";
import { planDataEngineer } from "./data-engineer.ts";
import { planDataScientist } from "./data-scientist.ts";
import { planKubernetesArchitect } from "./kubernetes-architect.ts";
import { planMlEngineer } from "./ml-engineer.ts";
import { planMlopsEngineer } from "./mlops-engineer.ts";
import { planObservabilityEngineer } from "./observability-engineer.ts";
import { planPythonPro } from "./python-pro.ts";

/** How each role decides from the facts. */
export const PLANS: Readonly<Record<Role, PlanRole>> = {
  "data-engineer": planDataEngineer,
  "data-scientist": planDataScientist,
  "ml-engineer": planMlEngineer,
  "python-pro": planPythonPro,
  "mlops-engineer": planMlopsEngineer,
  "kubernetes-architect": planKubernetesArchitect,
  "observability-engineer": planObservabilityEngineer,
};
