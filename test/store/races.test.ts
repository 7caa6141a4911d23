import { keyRaces } from "./api-keys.exam.ts";
import { cancellableRaces } from "./cancellable.exam.ts";
import { sitExam } from "./exam.ts";
import { fenceRaces } from "./fence.exam.ts";
import { manualRaces } from "./manual.exam.ts";
import { patchRaces } from "./patch.exam.ts";
import { races } from "./races.exam.ts";
import { templateRaces } from "./template-races.exam.ts";
import { warmRaces } from "./warm.exam.ts";
import { workerRaces } from "./worker-races.exam.ts";

sitExam("node-postgres", {
  ...{ races, workerRaces, warmRaces, keyRaces, templateRaces },
  ...{ patchRaces, cancellableRaces, manualRaces, fenceRaces },
});
