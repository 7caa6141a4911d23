"""Drives a gateway with grpcio, gRPC's own C core: a job from its queueing to its logs, with this
process as its worker, and then every method that the server describes.

Standard input: one JSON document {target, workerId, token}. Standard output: one JSON document a
line, {"scenario": …} once and {"method", "request", "status"} for each call.
"""

import json
import queue
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf.descriptor import FieldDescriptor

from reflected import Server

CALL_SECONDS = 5
STREAM_SECONDS = 1
JOBS = "/hodei.JobExecutionService"
AGENT = "/hodei.WorkerAgentService"
LOGS = "/hodei.LogStreamService"
AUDIT = "/hodei.AuditService"
COMPLETED = 4
IDS = {"JobId": "job_id", "ExecutionId": "execution_id", "WorkerId": "worker_id"}


def say(**document):
    print(json.dumps(document), flush=True)


def status_of(call):
    """The status of a call by name, whatever its answer."""
    try:
        call()
        return "OK"
    except grpc.RpcError as error:
        return error.code().name


class Scenario:
    """A job's life, this process being client and worker."""

    def __init__(self, server, worker_id, token):
        self.server, self.worker_id, self.token = server, worker_id, token
        self.said = queue.Queue()

    def make(self, path, **fields):
        return self.server.methods[path].request(**fields)

    def call(self, path, **fields):
        return self.server.methods[path].call(self.make(path, **fields), timeout=CALL_SECONDS)

    def tell(self, **payload):
        self.said.put(self.make(f"{AGENT}/WorkerStream", **payload))

    def run(self):
        definition = {"name": "from-python", "command": "printf", "arguments": ["one\ntwo\n"]}
        queued = self.call(f"{JOBS}/QueueJob", job_definition=definition, queued_by="python")
        job_id = queued.job_id.value
        assert queued.message == f"Job queued: {job_id}", queued
        info = {"worker_id": {"value": self.worker_id}, "name": "python", "capabilities": ["shell"]}
        registered = self.call(f"{AGENT}/Register", auth_token=self.token, worker_info=info)
        assert registered.success and registered.worker_id.value == self.worker_id, registered
        self.work(job_id)
        job = self.finished(job_id)
        lines = self.lines(job_id)
        self.check_audit(job_id)
        goodbye = self.call(f"{AGENT}/UnregisterWorker", worker_id={"value": self.worker_id})
        assert goodbye.success, goodbye
        say(
            scenario={
                "jobId": job_id,
                "exitCode": job.executions[0].exit_code,
                "lines": lines,
                "health": self.server.health(),
            }
        )
        return {"job_id": job_id, "execution_id": job.executions[0].execution_id.value}

    def work(self, job_id):
        """One job, as a worker of the first generation would: one line a message, no acknowledgement."""
        stream = self.server.methods[f"{AGENT}/WorkerStream"].call(iter(self.said.get, None))
        self.tell(heartbeat={"worker_id": {"value": self.worker_id}, "status": 2})
        for message in stream:
            if message.WhichOneof("payload") != "run_job":
                continue
            command = message.run_job.command.shell
            assert message.run_job.job_id == job_id, message
            done = subprocess.run([command.cmd, *command.args], capture_output=True, text=True)
            for line in done.stdout.splitlines():
                self.tell(log={"job_id": job_id, "line": line})
            code = done.returncode
            self.tell(result={"job_id": job_id, "exit_code": code, "success": code == 0})
            break
        self.said.put(None)
        for _ in stream:
            pass

    def check_audit(self, job_id):
        """Who queued the job is known, by its id, in the log and in the counts."""
        trail = self.call(f"{AUDIT}/GetAuditLogsByCorrelation", correlation_id=job_id)
        assert trail.logs[0].event_type == "RunSubmitted", trail
        assert trail.logs[0].actor == "python", trail
        page = self.call(f"{AUDIT}/GetAuditLogs", event_type="RunSubmitted", limit=1)
        assert [entry.correlation_id for entry in page.logs] == [job_id], page
        assert page.total_count == 1 and not page.has_more, page
        counts = self.call(f"{AUDIT}/GetEventCounts")
        assert [(one.event_type, one.count) for one in counts.counts] == [("RunSubmitted", 1)], counts
        assert counts.total_events == 1, counts

    def finished(self, job_id):
        deadline = time.monotonic() + 10
        while True:
            job = self.call(f"{JOBS}/GetJob", job_id={"value": job_id})
            if job.status == COMPLETED:
                return job
            assert time.monotonic() < deadline, job
            time.sleep(0.02)

    def lines(self, job_id):
        """The job's output as its reader sees it; None where no service serves it."""
        path = f"{LOGS}/SubscribeLogs"
        if path not in self.server.methods:
            return None
        try:
            request = self.make(path, job_id=job_id, include_history=True)
            entries = self.server.methods[path].call(request, timeout=CALL_SECONDS)
            return [entry.line for entry in entries]
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNIMPLEMENTED:
                return None
            raise


def minimal(descriptor, known, depth=0):
    """The smallest sensible request: every id is one, of the job that ran where the name says so."""
    if descriptor.name in IDS:
        return {"value": known.get(IDS[descriptor.name]) or str(uuid.uuid4())}
    fields = {}
    chosen = set()
    for field in descriptor.fields:
        if field.containing_oneof is not None:
            if field.containing_oneof.name in chosen:
                continue
            chosen.add(field.containing_oneof.name)
        if field.message_type is None:
            if field.name.endswith("id") and field.type == FieldDescriptor.TYPE_STRING:
                if not is_repeated(field):
                    fields[field.name] = known.get(field.name) or str(uuid.uuid4())
            continue
        name = field.message_type.name
        if is_repeated(field) or depth > 2:
            continue
        if name == "JobDefinition":
            fields[field.name] = {"name": "minimal", "command": "true"}
        elif field.message_type.full_name.startswith("hodei."):
            fields[field.name] = minimal(field.message_type, known, depth + 1)
    return fields


def is_repeated(field):
    if hasattr(type(field), "is_repeated"):
        return field.is_repeated
    return field.label == FieldDescriptor.LABEL_REPEATED


def drive(method, fields):
    """Calls a method; of a stream, reads until something comes, or it is open for a while."""
    request = method.request(**fields)
    from_client, from_server = method.streams
    given = iter([request] if fields else []) if from_client else request
    if not from_server:
        return status_of(lambda: method.call(given, timeout=CALL_SECONDS))
    call = method.call(given, timeout=STREAM_SECONDS)
    try:
        next(call, None)
        return "OK"
    except grpc.RpcError as error:
        if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
            return "OPEN"
        return error.code().name
    finally:
        call.cancel()


def main():
    given = json.load(sys.stdin)
    server = Server(given["target"])
    known = Scenario(server, given["workerId"], given["token"]).run()
    with ThreadPoolExecutor(8) as pool:
        for request in ("empty", "minimal"):
            calls = {
                path: pool.submit(
                    drive,
                    method,
                    {} if request == "empty" else minimal(method.request.DESCRIPTOR, known),
                )
                for path, method in server.methods.items()
            }
            for path, call in calls.items():
                say(method=path, request=request, status=call.result())


main()
