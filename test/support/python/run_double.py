"""Runs LocalStack or moto's server on a port of 127.0.0.1 until standard input ends.

Whoever started it holds the other end of standard input: when that process vanishes, so does this.
"""

import functools
import os
import sys
import threading


def leave_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


def run_localstack():
    # Its own server is told a host to listen on, and ignores it.
    from twisted.internet import endpoints

    endpoints.TCP4ServerEndpoint = functools.partial(
        endpoints.TCP4ServerEndpoint, interface="127.0.0.1"
    )
    from localstack.runtime.main import main

    main()


def run_moto():
    from moto.server import main

    main(["-H", "127.0.0.1", "-p", os.environ["MOTO_PORT"]])


threading.Thread(target=leave_with_parent, daemon=True).start()
{"localstack": run_localstack, "moto": run_moto}[sys.argv[1]]()
