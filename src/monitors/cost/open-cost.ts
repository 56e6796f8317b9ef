import { z } from "zod";
import { usd } from "../../lib/money.ts";
import type { CostLine } from "./cost-line.ts";

const number = z.number().default(0);
const allocation = z.looseObject({
  name: z.string(),
  window: z.looseObject({ start: z.string().nullish() }).nullish(),
  cpuCost: number,
  ramCost: number,
  gpuCost: number,
  pvCost: number,
  networkCost: number,
  sharedCost: number,
  externalCost: number,
  totalCost: number,
});
const body = z.looseObject({ data: z.array(z.record(z.string(), allocation).nullable()) });

/** The name that OpenCost gives to capacity nobody asked for. */
export const IDLE = "__idle__";

/**
 * Lines of an answer of OpenCost (or Kubecost) `GET /allocation?aggregate=namespace&step=1d&includeIdle=true`: list prices, so they are
 * estimates and never added to billed lines. Null when the answer has another form.
 */
export const openCostLines = (answer: unknown): readonly CostLine[] | null => {
  const parsed = body.safeParse(answer);
  if (!parsed.success) return null;
  return parsed.data.data.flatMap((step) =>
    Object.values(step ?? {}).map(
      ({ name, totalCost, window }): CostLine => ({
        day: (window?.start ?? "").slice(0, 10),
        source: "estimate",
        service: "kubernetes",
        serviceCategory: "Compute",
        resource: name,
        pricingCategory: null,
        chargeCategory: "Usage",
        commitmentStatus: null,
        billed: 0,
        effective: usd(totalCost),
        list: usd(totalCost),
        quantity: null,
        unit: null,
        pipeline: name === IDLE ? null : name,
        model: null,
        run: null,
        phase: null,
        environment: null,
      }),
    ),
  );
};
