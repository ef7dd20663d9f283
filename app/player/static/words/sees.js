// @ts-check
/** What a step sees of a model, where that is less than all: what its gradient and its loss are called. */

/** @typedef {"" | "batch" | "dropout" | "both"} Sees */

/**
 * `thin` names the line of what each step saw, `loss` its row and its number; `of` says whose gradient a step took, `all`
 * whose the whole loss has.
 * @type {Record<Sees, {thin: string, loss: string, of: string, all: string}>}
 */
export const SEES = {
  "": { thin: "", loss: "", of: "", all: "" },
  batch: { thin: "batch", loss: "batch loss", of: "of this step's batch", all: "over all data" },
  dropout: { thin: "with dropout", loss: "loss with dropout", of: "with units dropped", all: "with all units" },
  both: { thin: "batch, with dropout", loss: "batch loss, with dropout", of: "of this step's batch, units dropped", all: "over all data, with all units" },
};
