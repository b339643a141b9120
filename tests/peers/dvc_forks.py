"""Runs dvc for the program that dvc-program.ts writes, each command in a fork of this process.

A request is one message: the command as JSON, with the three standard streams of who asks. A fork starts with
dvc imported and nothing else done, so it is a fresh process for dvc that costs a tenth of one.
"""

import json
import os
import select
import signal
import socket
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "differential"))

import dvc_server


def answer(connection):
    message, streams, _, _ = socket.recv_fds(connection, 1 << 22, 3)
    request = json.loads(message)
    for descriptor, stream in enumerate(streams):
        os.dup2(stream, descriptor)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["env"])
    os.umask(request["umask"])
    sys.argv = request["argv"]
    code = 255
    try:
        code = dvc_server.run(request["argv"][1:], request["folder"])
    except BaseException:
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            pass
    connection.send(str(code).encode())


def serve(path):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(path + ".new")
    listener.listen(64)
    # Whoever asks meanwhile waits.
    os.rename(path + ".new", path)
    dvc_server.import_all()
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [], 1)
        while True:
            try:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    break
            except ChildProcessError:
                break
        if sys.stdin in ready:
            return
        if listener not in ready:
            continue
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            answer(connection)
            os._exit(0)
        connection.close()


serve(sys.argv[1])
