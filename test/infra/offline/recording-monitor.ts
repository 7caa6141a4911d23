import crypto from "node:crypto";
import { answerOf, outputsOf } from "./aws-answers.ts";
import type { GraphNode, Inputs } from "./graph.ts";

/** What is used of Pulumi, which has no types for its insides. */
type Pulumi = ReturnType<typeof JSON.parse>;

export interface Recorded {
  readonly pulumi: Pulumi;
  readonly resources: GraphNode[];
  /** Waits until nothing of the program is under way any more; throws when something never ends. */
  settle(): Promise<void>;
  /** The plain value behind an output. */
  resolve(value: unknown): Promise<Inputs>;
}

export interface RecordingOptions {
  /** Finds the Pulumi that the program itself uses. */
  readonly load: (module: string) => Pulumi;
  readonly project: string;
  readonly stage: string;
  readonly region: string;
  readonly fail: (error: unknown) => void;
}

/** Physical names get a random suffix: here the same in every run, so that graphs can be compared. */
function fixRandomSuffix(): void {
  const original = crypto.randomBytes.bind(crypto);
  const fixed = (size: number, callback?: never) =>
    callback || size !== 8 ? original(size, callback as never) : Buffer.alloc(8, 1);
  crypto.randomBytes = fixed as typeof crypto.randomBytes;
}

/** Secrets travel wrapped, and dynamic providers carry their code along. */
function plain(pulumi: Pulumi, value: unknown): unknown {
  if (pulumi.runtime.isRpcSecret?.(value))
    return plain(pulumi, pulumi.runtime.unwrapRpcSecret(value));
  if (Array.isArray(value)) return value.map((each) => plain(pulumi, each));
  if (typeof value !== "object" || value === null) return value;
  if (value.constructor !== Object) return { $asset: value.constructor.name };
  const entries = Object.entries(value).filter(([key]) => key !== "__provider");
  return Object.fromEntries(entries.map(([key, each]) => [key, plain(pulumi, each)]));
}

/**
 * Puts a monitor in place of the engine's that writes down every resource with its inputs and
 * answers as AWS would. Pulumi's own mocks forget parents, protection and dependencies.
 */
export async function recordResources(options: RecordingOptions): Promise<Recorded> {
  const { load, project, stage, region, fail } = options;
  fixRandomSuffix();
  const pulumi = load("@pulumi/pulumi");
  const { MockMonitor }: { MockMonitor: new (mocks: object) => Pulumi } = load(
    "@pulumi/pulumi/runtime/mocks",
  );
  const { deserializeProperties } = load("@pulumi/pulumi/runtime/rpc");
  const resources: GraphNode[] = [];
  const inputsOf = (properties: unknown) =>
    plain(pulumi, deserializeProperties(properties)) as Inputs;

  class RecordingMonitor extends MockMonitor {
    /** As the engine: the whole chain of the parents' types, without the stack. */
    newUrn(parent: string | undefined, type: string, name: string): string {
      const above = parent?.split("::")[2];
      const qualified = above && above !== "pulumi:pulumi:Stack" ? `${above}$${type}` : type;
      return `urn:pulumi:${stage}::${project}::${qualified}::${name}`;
    }

    record(request: Pulumi, read: boolean): void {
      const parent: string | undefined = request.getParent();
      const inputs = inputsOf(read ? request.getProperties() : request.getObject());
      resources.push({
        urn: this.newUrn(parent, request.getType(), request.getName()),
        ...{ type: request.getType(), name: request.getName(), read },
        ...(parent && !parent.includes("pulumi:pulumi:Stack") && { parent }),
        ...(read && { id: request.getId() }),
        inputs,
        made: outputsOf(request.getType(), request.getName(), inputs, region),
        options: {
          protect: !read && request.getProtect(),
          retainOnDelete: !read && request.getRetainondelete(),
          dependsOn: request.getDependenciesList(),
        },
      });
    }

    async registerResource(request: Pulumi, callback: Pulumi) {
      try {
        this.record(request, false);
      } catch (error) {
        fail(error);
      }
      return super.registerResource(request, callback);
    }

    async readResource(request: Pulumi, callback: Pulumi) {
      this.record(request, true);
      return super.readResource(request, callback);
    }

    registerResourceOutputs(request: Pulumi, callback: Pulumi) {
      const node = resources.find(({ urn }) => urn === request.getUrn());
      if (node) node.outputs = inputsOf(request.getOutputs());
      return super.registerResourceOutputs(request, callback);
    }
  }

  const mocks = {
    call: ({ token, inputs }: { token: string; inputs: Inputs }) => answerOf(token, inputs, region),
    newResource: ({ type, name, inputs, id }: Pulumi) => {
      const { id: made, ...known } = outputsOf(type, name, inputs, region);
      return { id: id || made || name, state: { name: inputs.name ?? name, ...inputs, ...known } };
    },
  };
  await pulumi.runtime.setMocks(mocks, project, stage, false, "organization");
  const monitor = new RecordingMonitor(mocks);
  pulumi.runtime.setMockOptions(monitor, project, stage, false, "organization");
  return {
    ...{ pulumi, resources },
    async settle() {
      await pulumi.runtime.waitForRPCs?.();
      const [leaks, message] = load("@pulumi/pulumi/runtime/debuggable").leakedPromises();
      if (leaks.size > 0) throw new Error(message);
    },
    resolve: async (value) =>
      plain(pulumi, await pulumi.output(value ?? {}).promise(true)) as Inputs,
  };
}
