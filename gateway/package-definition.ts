import { loadFileDescriptorSetFromBuffer, type PackageDefinition } from "@grpc/proto-loader";
import { DESCRIPTOR_SET } from "#proto/descriptor-set.ts";

/** The contract as reflection publishes it, from the descriptors made with the generated code. */
export const packageDefinition = (): PackageDefinition =>
  loadFileDescriptorSetFromBuffer(Buffer.from(DESCRIPTOR_SET, "base64"));
