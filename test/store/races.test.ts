import { sitExam } from "./exam.ts";
import { races } from "./races.exam.ts";
import { workerRaces } from "./worker-races.exam.ts";

sitExam("node-postgres", { races, workerRaces });
