/**
 * All values of a run's parameters, secret ones put in their place; null for a run from no template.
 * `run` has the columns `id` and `parameters`. Only for what is handed to its worker: no view shows it.
 */
export const parametersOf = (run: string): string =>
  `case when ${run}.parameters is not null then ${run}.parameters::jsonb || coalesce(
      (select s.secrets from hodei.run_secret s where s.run_id = any(array[${run}.id])), '{}') end`;
