/** The process died: nothing it still tries has any effect. */
export class Crash extends Error {}

/**
 * Counts calls over several ports and dies at one of them: `at` counts from 1. With `effect: true`
 * the call still does its work and only its answer is lost; afterwards every call fails.
 */
export function crashPoint(at: number, effect: boolean) {
  let calls = 0;
  return {
    calls: () => calls,
    /** The port as that process sees it. */
    guard<Port extends object>(port: Port): Port {
      return new Proxy(port, {
        get(target, method) {
          const value: unknown = Reflect.get(target, method);
          if (typeof value !== "function") return value;
          return async (...args: unknown[]) => {
            calls += 1;
            if (calls < at) return value.apply(target, args);
            if (calls === at && effect) await value.apply(target, args);
            throw new Crash(`died at call ${at}, ${String(method)}`);
          };
        },
      });
    },
  };
}
