import { sitExam } from "./exam.ts";
import { races } from "./races.exam.ts";

sitExam("node-postgres", { races });
