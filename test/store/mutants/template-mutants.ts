import {
  addTemplateVersion,
  setTemplateStatus,
} from "#adapters/store/transitions/change-templates.ts";
import { insertTemplateRun } from "#adapters/store/transitions/insert-template-run.ts";
import { deleteExpiredRuns } from "#adapters/store/transitions/sweep-rows.ts";
import { templateRaces } from "../template-races.exam.ts";
import { templateRuns, templates } from "../templates.exam.ts";
import { mutant } from "./mutant.ts";

const BORN_SUSPENDED =
  templateRuns[
    "a run is born suspended: numbered, but not in the queue, without a deadline, and nobody is told"
  ];

export const templateMutants = {
  "a change of any version": mutant(
    addTemplateVersion,
    templates["refused: a change of another version than the newest, or of nobody"],
    [" and j.version = x.version and", " and"],
  ),
  "a change of an archived template": mutant(
    addTemplateVersion,
    templates["refused: every change of an archived template, for ever"],
    [" and j.status <> 'Archived'", ""],
  ),
  "an archived template comes back": mutant(
    setTemplateStatus,
    templates["refused: every change of an archived template, for ever"],
    [" and j.status <> 'Archived'", ""],
  ),
  "a status at any version": mutant(
    setTemplateStatus,
    templates["a status is set at the expected version only, and again without a trace"],
    ["\n      and (:version::integer is null or j.version = :version::integer)", ""],
    // The parameter stays one of the statement, so that the driver may send it.
    [
      "set status = :status::text,",
      "set status = coalesce(:status::text, :version::integer::text),",
    ],
  ),
  "a run of a disabled template": mutant(
    insertTemplateRun,
    templateRuns[
      "refused: a run of a template that is disabled or archived; those that exist go on"
    ],
    ["where j.status = 'Active' and not", "where not"],
  ),
  "a full queue takes more of a template": mutant(
    insertTemplateRun,
    templateRuns["a full queue takes no run and spends no number"],
    [" and not (select is_full from queue)", ""],
  ),
  "a number by a snapshot": mutant(
    insertTemplateRun,
    templateRaces["two runs of one template: one number after the other"],
    ["\n    for update of j", ""],
  ),
  "a number spent for nothing": mutant(
    insertTemplateRun,
    templateRuns["numbers rise by one, each template's own, and none is spent for nothing"],
    [
      "set run_seq = n.template_number\n    from new_run n where j.id = any(array[n.template_id])",
      "set run_seq = n.number\n    from locked_template n where j.id = any(array[n.id])",
    ],
  ),
  "a number given again": mutant(
    insertTemplateRun,
    templateRuns["a number is not given again when its run is deleted"],
    [
      "j.run_seq + 1 as number",
      "(select coalesce(max(r.template_number), 0) + 1 from hodei.run r where r.template_id = j.id) as number",
    ],
  ),
  "gateways are told of a silent worker": mutant(
    insertTemplateRun,
    templateRuns[
      "gateways are told of a run while an idle worker waits, and only of one that was stored"
    ],
    [" and w.lease_expires_at > t.now", ""],
  ),
  "gateways are told of a suspended run of a template": mutant(insertTemplateRun, BORN_SUSPENDED, [
    "from new_run where suspended_at is null",
    "from new_run",
  ]),
  "a suspended run of a template with a deadline": mutant(insertTemplateRun, BORN_SUSPENDED, [
    "case when x.suspend then 'infinity' else",
    "case when false then 'infinity' else",
  ]),
  "a suspended run of a template in the queue": mutant(
    insertTemplateRun,
    BORN_SUSPENDED,
    ["case when x.suspend then x.now end", "case when false then x.now end"],
    ["case when x.suspend then 'Suspended' when", "case when false then 'Suspended' when"],
  ),
  "secrets stay behind their run": mutant(
    deleteExpiredRuns,
    templateRuns["a number is not given again when its run is deleted"],
    ["s.run_id = any(array[due.id])),", "s.run_id = any(array[due.id]) and false),"],
  ),
};
