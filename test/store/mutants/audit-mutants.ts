import { countAuditEvents, viewAuditPage } from "#adapters/store/reads/audit.ts";
import { createApiKey, revokeApiKey } from "#adapters/store/transitions/api-keys.ts";
import { assignRuns } from "#adapters/store/transitions/assign-runs.ts";
import { setTemplateStatus } from "#adapters/store/transitions/change-templates.ts";
import { patchRuns } from "#adapters/store/transitions/patch-runs.ts";
import { setProviderStatus } from "#adapters/store/transitions/provider-records.ts";
import { requestStops } from "#adapters/store/transitions/request-stops.ts";
import { startManually } from "#adapters/store/transitions/start-manually.ts";
import { deleteOldAuditEvents } from "#adapters/store/transitions/sweep-rows.ts";
import { auditReads, auditRecords } from "../audit.exam.ts";
import { mutant } from "./mutant.ts";

const KEYS = auditRecords["a key is recorded when it is made and when it is revoked, once each"];
const BY_HAND =
  auditRecords["who moves a run by hand is recorded, on whatever worker; placement is not"];
const CRITERIA = auditReads["each criterion leaves out what does not meet it"];

export const auditMutants = {
  "a key that is sent twice is recorded twice": mutant(createApiKey, KEYS, [" where s.is_new", ""]),
  "a revoked key is recorded again": mutant(revokeApiKey, KEYS, [" where r.is_valid", ""]),
  "a status that is there already is recorded": mutant(
    setTemplateStatus,
    auditRecords["every change of a template is recorded, and no change that was none"],
    [" where m.status <> m.old_status", ""],
  ),
  "a status of a provider that is there already is recorded": mutant(
    setProviderStatus,
    auditRecords["every change of a provider is recorded, without what its owner wrote down"],
    [" where s.is_changed", ""],
  ),
  "a deadline is recorded": mutant(
    requestStops,
    auditRecords["who cancels is recorded once; a deadline is nobody's doing"],
    ["m.actor, m.id::text", "coalesce(m.actor, 'system'), m.id::text"],
    [" where m.actor is not null", ""],
  ),
  "a priority that stays is recorded": mutant(
    patchRuns,
    auditRecords["who changes a waiting run is recorded, each change apart"],
    [
      "jsonb_build_object('from', m.old_priority, 'to', m.new_priority) from moved_run m, t where m.moves",
      "jsonb_build_object('from', m.old_priority, 'to', m.new_priority) from moved_run m, t",
    ],
  ),
  "a placement is recorded": mutant(
    assignRuns,
    BY_HAND,
    ["'RunAssignedByHand', :actor::text", "'RunAssignedByHand', coalesce(:actor::text, 'system')"],
    [" where :actor::text is not null", ""],
  ),
  "a start that is said twice is recorded twice": mutant(startManually, BY_HAND, [
    "'workerId', m.worker_id) from moved_run m, t where not m.again",
    "'workerId', m.worker_id) from moved_run m, t",
  ]),
  "audit events are swept at once": mutant(
    deleteOldAuditEvents,
    auditRecords["events are swept when they were kept for long enough, and not before"],
    [" - hodei.millis(:retentionMs::float8)", " + 0 * hodei.millis(:retentionMs::float8)"],
  ),
  "submits of everybody": mutant(viewAuditPage, CRITERIA, [
    "(:actor::text is null or coalesce(r.submitted_by, :nobody::text) = :actor::text)",
    "(:actor::text is null or r.id is not null)",
  ]),
  "submits are of every type": mutant(viewAuditPage, CRITERIA, [
    "coalesce(:type::text, 'RunSubmitted') = 'RunSubmitted'",
    "true",
  ]),
  "counted whatever is asked for": mutant(countAuditEvents, CRITERIA, [
    "count(*) filter (where (:type::text is null or e.type = :type::text)\n      and (:actor::text is null or e.actor = :actor::text)) as matching",
    "count(*) filter (where :type::text is null or :actor::text is null) as matching",
  ]),
};
