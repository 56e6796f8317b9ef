import type { ModelFault } from "./model.ts";

/** By stable code, then by type; words are never read. */
export const BY_CODE: Readonly<Record<string, readonly [ModelFault["class"], string]>> = {
  ramp_limit_exceeded: ["transient", "RATE_LIMITED"],
  contract_spend_limit_reached: ["config", "SPEND_LIMIT"],
  enforced_spend_limit_reached: ["config", "SPEND_LIMIT"],
  image_dimensions_too_large: ["too_large", "TOO_LARGE"],
};
export const BY_TYPE: Readonly<Record<string, readonly [ModelFault["class"], string]>> = {
  overloaded_error: ["transient", "OVERLOADED"],
  api_error: ["transient", "SERVER_ERROR"],
  timeout_error: ["transient", "SERVER_TIMEOUT"],
  rate_limit_error: ["transient", "RATE_LIMITED"],
  conflict_error: ["transient", "CONFLICT"],
  authentication_error: ["config", "KEY_REFUSED"],
  permission_error: ["config", "KEY_REFUSED"],
  billing_error: ["config", "PAYMENT_REQUIRED"],
  not_found_error: ["config", "MODEL_UNKNOWN"],
};
export const BY_STATUS: Readonly<Record<number, readonly [ModelFault["class"], string]>> = {
  401: ["config", "KEY_REFUSED"],
  402: ["config", "PAYMENT_REQUIRED"],
  403: ["config", "KEY_REFUSED"],
  404: ["config", "MODEL_UNKNOWN"],
  408: ["transient", "SERVER_TIMEOUT"],
  409: ["transient", "CONFLICT"],
  413: ["too_large", "TOO_LARGE"],
  429: ["transient", "RATE_LIMITED"],
  529: ["transient", "OVERLOADED"],
};

/** Any other status: the server broke, or we asked wrongly. */
export const byStatus = (status: number): readonly [ModelFault["class"], string] =>
  BY_STATUS[status] ?? (status >= 500 ? ["transient", "SERVER_ERROR"] : ["bug", "BAD_REQUEST"]);
