import type { Caller } from "#core/application/authorise-call.ts";

const callers = new WeakMap<object, Caller>();

/** Remembers who a call is from, for as long as the call is there. */
export const noteCaller = (call: object, caller: Caller): void => void callers.set(call, caller);

/** Who a call is from. Throws when nobody asked: a service that was registered past the door. */
export function callerOf(call: object): Caller {
  const caller = callers.get(call);
  if (!caller) throw new Error("a call was let in without asking who calls");
  return caller;
}
