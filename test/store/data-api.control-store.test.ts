import { allExams } from "./all.exam.ts";
import { sitExam } from "./exam.ts";

sitExam("Data API", allExams);
