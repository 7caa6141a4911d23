import { alarmEmail, budgetUsd, prefix } from "./stage.ts";

const notification = (threshold: number, notificationType: "ACTUAL" | "FORECASTED") => ({
  comparisonOperator: "GREATER_THAN",
  threshold,
  thresholdType: "PERCENTAGE",
  notificationType,
  subscriberEmailAddresses: alarmEmail ? [alarmEmail] : [],
});

/** What this stage costs, by the tag that SST puts on everything; the tag must be activated for billing. */
new aws.budgets.Budget("Budget", {
  name: prefix,
  budgetType: "COST",
  limitAmount: String(budgetUsd),
  limitUnit: "USD",
  timeUnit: "MONTHLY",
  costFilters: [{ name: "TagKeyValue", values: [`user:sst:stage$${$app.stage}`] }],
  // A notification must reach somebody.
  notifications: alarmEmail ? [notification(80, "ACTUAL"), notification(100, "FORECASTED")] : [],
});
