import { sitAll } from "./all.exam.ts";

sitAll("node-postgres");
