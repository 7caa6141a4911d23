import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { PackageDefinition } from "@grpc/proto-loader";
import { DESCRIPTOR_SET } from "#proto/descriptor-set.ts";

/**
 * The contract as reflection publishes it: the descriptors made with the generated code, file by
 * file and as they are. Loading them by proto-loader would merge the files of a package and drop
 * what each imports, and no other gRPC implementation could read that.
 */
export function packageDefinition(): PackageDefinition {
  const set = fromBinary(FileDescriptorSetSchema, Buffer.from(DESCRIPTOR_SET, "base64"));
  const fileDescriptorProtos = set.file.map((file) =>
    Buffer.from(toBinary(FileDescriptorProtoSchema, file)),
  );
  // The reflection service only looks at the files of the definitions it is given.
  return { files: { fileDescriptorProtos } as never };
}
