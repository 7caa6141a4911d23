/** A call that a stub received. */
export interface Call {
  readonly method: string;
  readonly args: readonly unknown[];
}

/**
 * A port of which a test implements only what it expects to be called: every other method throws,
 * so that a use case cannot do more than the test knows of. `calls` holds what was called, in order.
 */
export function stub<Port extends object>(given: Partial<Port>): Port & { readonly calls: Call[] } {
  const calls: Call[] = [];
  return new Proxy({ calls } as Port & { readonly calls: Call[] }, {
    get(_target, method) {
      if (method === "calls") return calls;
      if (typeof method === "symbol" || method === "then") return undefined;
      const implementation = (given as Record<string, unknown>)[method];
      if (typeof implementation !== "function") {
        if (method in given) return implementation;
        throw new Error(`unexpected use of ${method}`);
      }
      return (...args: unknown[]) => {
        calls.push({ method, args });
        return implementation(...args);
      };
    },
  });
}
