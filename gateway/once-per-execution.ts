import type { WorkerClaim } from "#core/ports/control-store.ts";

/**
 * Runs a gathered statement so that no execution stands in it twice, and answers in the order of
 * the claims. Answers come back by execution: beside the owner's claim, a stranger's claim of the
 * same execution would get the owner's answer. A repeat of the very same claim shares its answer.
 */
export async function oncePerExecution<Claim extends WorkerClaim, Answer>(
  claims: readonly Claim[],
  run: (claims: Claim[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const answers = new Map<string, Answer>();
  let rest = new Map(claims.map((claim) => [identity(claim), claim]));
  while (rest.size > 0) {
    const turn = new Map<string, Claim>();
    for (const claim of rest.values())
      if (!turn.has(claim.executionId)) turn.set(claim.executionId, claim);
    const taken = [...turn.values()];
    const given = await run(taken);
    for (const [index, claim] of taken.entries())
      answers.set(identity(claim), given[index] as Answer);
    rest = new Map([...rest].filter(([key]) => !answers.has(key)));
  }
  return claims.map((claim) => answers.get(identity(claim)) as Answer);
}

const identity = (claim: WorkerClaim & { readonly resultId?: string }): string =>
  [claim.executionId, claim.workerId, claim.epoch, claim.fence, claim.resultId].join(" ");
