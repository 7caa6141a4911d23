"""A gRPC server as it describes itself, called through grpcio: no generated code."""

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FIELD = descriptor_pb2.FieldDescriptorProto


def message_class(descriptor):
    """The class of a message; the name of the function changed with protobuf 4.22."""
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory().GetPrototype(descriptor)


def _cut(name, messages):
    """Message classes from {message: [(field, number, type or message, repeated)]}."""
    file = descriptor_pb2.FileDescriptorProto(name=name, package=name, syntax="proto3")
    for message, fields in messages.items():
        made = file.message_type.add(name=message)
        for field, number, kind, repeated in fields:
            label = FIELD.LABEL_REPEATED if repeated else FIELD.LABEL_OPTIONAL
            added = made.field.add(name=field, number=number, label=label)
            if isinstance(kind, str):
                added.type, added.type_name = FIELD.TYPE_MESSAGE, f".{name}.{kind}"
            else:
                added.type = kind
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return {m: message_class(pool.FindMessageTypeByName(f"{name}.{m}")) for m in messages}


# The standard services' messages as their own files have them, cut to what is asked.
REFLECTION = _cut(
    "reflection",
    {
        "Service": [("name", 1, FIELD.TYPE_STRING, False)],
        "Services": [("service", 1, "Service", True)],
        "Files": [("file_descriptor_proto", 1, FIELD.TYPE_BYTES, True)],
        "Ask": [
            ("file_containing_symbol", 4, FIELD.TYPE_STRING, False),
            ("list_services", 7, FIELD.TYPE_STRING, False),
        ],
        "Answer": [("files", 4, "Files", False), ("services", 6, "Services", False)],
    },
)
HEALTH = _cut(
    "health",
    {
        "Ask": [("service", 1, FIELD.TYPE_STRING, False)],
        "Answer": [("status", 1, FIELD.TYPE_INT32, False)],
    },
)


class Method:
    """One RPC: its path, its message classes, and how it is called."""

    def __init__(self, channel, path, request, response, streams):
        self.path, self.request, self.streams = path, request, streams
        kinds = {
            (False, False): channel.unary_unary,
            (False, True): channel.unary_stream,
            (True, False): channel.stream_unary,
            (True, True): channel.stream_stream,
        }
        self.call = kinds[streams](
            path,
            request_serializer=request.SerializeToString,
            response_deserializer=response.FromString,
        )


class Server:
    """Everything that the server lists, callable by path."""

    def __init__(self, target):
        self.channel = grpc.insecure_channel(target)
        self._pool = descriptor_pool.DescriptorPool()
        self._asked = self.channel.stream_stream(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            request_serializer=REFLECTION["Ask"].SerializeToString,
            response_deserializer=REFLECTION["Answer"].FromString,
        )
        names = [s.name for s in self._ask(list_services="*").services.service]
        self.services = names
        files = {}
        for name in names:
            for data in self._ask(file_containing_symbol=name).files.file_descriptor_proto:
                file = descriptor_pb2.FileDescriptorProto.FromString(data)
                files[file.name] = file
        added = set()
        for name in files:
            self._add(name, files, added)
        self.methods = {}
        for name in names:
            for method in self._pool.FindServiceByName(name).methods:
                self._take(name, method, files)

    def _ask(self, **question):
        return next(self._asked(iter([REFLECTION["Ask"](**question)]), timeout=10))

    def _add(self, name, files, added):
        """A file after those it imports; what the server leaves out is in protobuf itself."""
        if name in added:
            return
        added.add(name)
        file = files.get(name)
        if file is None:
            file = descriptor_pb2.FileDescriptorProto()
            descriptor_pool.Default().FindFileByName(name).CopyToProto(file)
        for dependency in file.dependency:
            self._add(dependency, files, added)
        self._pool.AddSerializedFile(file.SerializeToString())

    def _take(self, service, method, files):
        path = f"/{service}/{method.name}"
        streams = next(
            (m.client_streaming, m.server_streaming)
            for file in files.values()
            for s in file.service
            if f"{file.package}.{s.name}" == service
            for m in s.method
            if m.name == method.name
        )
        request, response = message_class(method.input_type), message_class(method.output_type)
        self.methods[path] = Method(self.channel, path, request, response, streams)

    def health(self):
        """The standard health check of the whole server; 1 = SERVING."""
        check = self.channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=HEALTH["Ask"].SerializeToString,
            response_deserializer=HEALTH["Answer"].FromString,
        )
        return check(HEALTH["Ask"](), timeout=10).status
