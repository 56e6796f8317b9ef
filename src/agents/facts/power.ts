import { stable } from "../../data/sql.ts";
import type { Facts } from "../../spec/facts.ts";
import type { LearnScope } from "./scope.ts";

/**
 * Quantile of the standard normal for p in 0..1 (exclusive): rational approximation of Acklam, relative error below 1.2e-9.
 * Source: P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution function".
 */
export const normalQuantile = (p: number): number => {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
    2.506628277459239,
  ];
  const b = [
    -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972,
    -13.28068155288572,
  ];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734,
    4.374664141464968, 2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const poly = (list: readonly number[], x: number) =>
    list.reduce((sum, value) => sum * x + value, 0);
  const LOW = 0.02425;
  if (p < LOW) {
    const q = Math.sqrt(-2 * Math.log(p));
    return poly(c, q) / (poly(d, q) * q + 1);
  }
  if (p > 1 - LOW) return -normalQuantile(1 - p);
  const q = p - 0.5;
  const r = q * q;
  return (poly(a, r) * q) / (poly(b, r) * r + 1);
};

/**
 * Cases per arm to see a difference of two proportions: n = (z_{1-alpha/2} sqrt(2 m(1-m)) + z_{power} sqrt(p1(1-p1)+p2(1-p2)))^2 / (p1-p2)^2
 * with m their mean. Source: Fleiss, Levin, Paik, "Statistical Methods for Rates and Proportions", 3rd ed., ch. 4.
 */
export const perArm = (p1: number, p2: number, alpha: number, power: number): number => {
  const mean = (p1 + p2) / 2;
  const za = normalQuantile(1 - alpha / 2);
  const zb = normalQuantile(power);
  const root =
    za * Math.sqrt(2 * mean * (1 - mean)) + zb * Math.sqrt(p1 * (1 - p1) + p2 * (1 - p2));
  return Math.ceil((root / (p1 - p2)) ** 2);
};

/** Relative change of the outcome's rate (or of its standard deviation, for amounts) that is taken as worth having. */
const WORTH = 0.1;

/** Sample size of an experiment on the measured rate, and what the data at hand hold. */
export const measurePower = (scope: LearnScope): Facts["power"] => {
  const { alpha, power } = scope.spec.experiment;
  const { target } = scope;
  const rows = scope.profile.rows - target.nulls;
  if (target.kind === "regression") {
    // Two means that differ by WORTH standard deviations: n = 2 ((z_{1-alpha/2} + z_power) / effect)^2.
    const z = normalQuantile(1 - alpha / 2) + normalQuantile(power);
    return {
      rows,
      positives: null,
      alpha,
      power,
      minEffect: stable(WORTH * (target.std ?? 1)),
      perArm: Math.ceil(2 * (z / WORTH) ** 2),
    };
  }
  const rate = Math.min(0.95, Math.max(0.001, target.baseRate ?? 0.5));
  const minEffect = stable(Math.min(rate * WORTH, (1 - rate) / 2));
  return {
    rows,
    positives: target.kind === "binary" ? Math.round(rows * (target.baseRate ?? 0)) : null,
    alpha,
    power,
    minEffect,
    perArm: perArm(rate, rate - minEffect, alpha, power),
  };
};
