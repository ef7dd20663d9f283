"""How evenly a class's connections fall to the processes of one port: `python -m benchmarks.spread`."""

import asyncio
import os
import signal
import socket
import statistics
import time
from collections import Counter

PROCESSES, STUDENTS, TIMES = 4, 200, 20


def serve(listening: socket.socket, name: bytes) -> None:
    """Answer every connection with this process's name, as asyncio's servers accept, and keep it open."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(name)
        # What opening a session keeps a process from accepting.
        time.sleep(0.002)

    async def run() -> None:
        server = await asyncio.start_server(answer, sock=listening, backlog=2048)
        await server.serve_forever()

    asyncio.run(run())


def most(sockets: list[socket.socket]) -> list[int]:
    """How many of the connections of a class that comes at once fall to the busiest process, time after time."""
    port = sockets[0].getsockname()[1]
    children = []
    for k, listening in enumerate(sockets):
        pid = os.fork()
        if pid == 0:
            serve(listening, str(k).encode())
        children.append(pid)
    time.sleep(0.5)
    counts = []
    for _ in range(TIMES):
        students = [socket.create_connection(("127.0.0.1", port)) for _ in range(STUDENTS)]
        counts.append(max(Counter(student.recv(1) for student in students).values()))
        for student in students:
            student.close()
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return counts


def main() -> None:
    """Print the table."""
    print(f"| {STUDENTS} connections, {PROCESSES} processes | the busiest has: median (least to most) |\n|---|---|")
    one = socket.create_server(("127.0.0.1", 0), backlog=2048)
    first = socket.create_server(("127.0.0.1", 0), backlog=2048, reuse_port=True)
    port = first.getsockname()[1]
    each = [first, *(socket.create_server(("127.0.0.1", port), reuse_port=True) for _ in range(PROCESSES - 1))]
    for name, sockets in (("one socket that all accept from", [one] * PROCESSES), ("a socket each", each)):
        counts = most(sockets)
        print(f"| {name} | {statistics.median(counts):.0f} ({min(counts)} to {max(counts)}) |")


if __name__ == "__main__":
    main()
