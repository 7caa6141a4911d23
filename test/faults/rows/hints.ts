import { bounds, type Row } from "../row.ts";
import { expectOneMachineEach } from "./tick.ts";

const of = "Hints: the wake queue";

const OWN_MACHINE = { command: ["true"], dedicatedWorker: true };

export const hintRows: readonly Row[] = [
  {
    of,
    name: "queue messages lost",
    injected: "every wake is answered and none is in the queue, while machines must be made",
    holds: "at most one tick of delay (5 s here, a minute deployed)",
    bound: bounds.machine,
    repetitions: 2,
    inject: async (stand, scene) => {
      stand.sqs.faults.lose(1_000);
      const from = Date.now();
      await Promise.all([scene.submit(OWN_MACHINE), scene.submit(OWN_MACHINE)]);
      await scene.untilFinal();
      stand.sqs.faults.clear();
      return from;
    },
  },
  {
    of,
    name: "queue messages doubled, late and out of order",
    injected: "every wake comes three times, every second one 3 s later than the next",
    holds: "as if each had come once",
    bound: bounds.machine,
    repetitions: 2,
    inject: async (stand, scene) => {
      stand.sqs.faults.repeat(3, 20);
      for (let n = 0; n < 10; n++) {
        stand.sqs.faults.delay(3);
        stand.sqs.faults.delay(0);
      }
      const from = Date.now();
      await Promise.all([1, 2, 3].map(() => scene.submit(OWN_MACHINE)));
      await scene.untilFinal();
      stand.sqs.faults.clear();
      return from;
    },
    check: expectOneMachineEach,
  },
  {
    of,
    name: "a message in the queue that is not ours",
    injected: "a text that is no wake",
    holds: "it ends in the dead-letter queue and harms nothing",
    bound: bounds.restart,
    ...{ repetitions: 1, short: true },
    inject: async (stand, scene) => {
      await fetch(stand.sqs.url, {
        method: "POST",
        headers: {
          "content-type": "application/x-amz-json-1.0",
          "x-amz-target": "AmazonSQS.SendMessage",
        },
        body: JSON.stringify({
          QueueUrl: stand.sqs.queueUrl("hodei-wake"),
          MessageBody: "not a wake",
        }),
      });
      const from = Date.now();
      await scene.submit(OWN_MACHINE);
      return from;
    },
  },
];
