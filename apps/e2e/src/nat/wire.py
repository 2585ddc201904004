"""Joins two network interfaces and treats each packet as a bad line would.

usage: wire.py ONE OTHER DELAY_MS JITTER_MS LOSS_PERCENT

The delay of each packet is drawn from DELAY_MS +- JITTER_MS, so that jitter also reorders. Writes "ready" when it carries.
"""

import heapq
import random
import select
import socket
import sys
import time

EVERY_PROTOCOL = 0x0003
SOL_PACKET = 263
PACKET_IGNORE_OUTGOING = 23
RECEIVE_BUFFER = 8 * 1024 * 1024
LARGEST_PACKET = 65535
BATCH = 64
# poll() counts in milliseconds: the rest of a wait is slept.
POLL_GRAIN = 0.001


def open_port(interface):
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL))
    port.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    port.bind((interface, 0))
    port.setblocking(False)
    return port


class Line:
    def __init__(self, ports, delay, jitter, loss):
        self.opposite = {ports[0].fileno(): (ports[0], ports[1]), ports[1].fileno(): (ports[1], ports[0])}
        self.delay, self.jitter, self.loss = delay, jitter, loss
        # The same faults in each run.
        self.random = random.Random(1)
        self.travelling = []
        self.count = 0

    def take(self, descriptor):
        source, target = self.opposite[descriptor]
        for _ in range(BATCH):
            try:
                packet = source.recv(LARGEST_PACKET)
            except OSError:
                return
            if self.random.random() < self.loss:
                continue
            self.count += 1
            due = time.monotonic() + self.delay + self.random.uniform(-self.jitter, self.jitter)
            heapq.heappush(self.travelling, (due, self.count, target, packet))

    def deliver(self):
        now = time.monotonic()
        while self.travelling and self.travelling[0][0] <= now:
            _, _, target, packet = heapq.heappop(self.travelling)
            try:
                target.send(packet)
            except OSError:
                pass  # The interface is down or full: the packet is lost, as on any line.

    def wait(self):
        """How long until the next packet is due, in seconds; None when none travels."""
        return max(0.0, self.travelling[0][0] - time.monotonic()) if self.travelling else None


def main():
    ports = [open_port(interface) for interface in sys.argv[1:3]]
    delay, jitter, loss = (float(text) for text in sys.argv[3:6])
    line = Line(ports, delay / 1000, jitter / 1000, loss / 100)
    poll = select.poll()
    for port in ports:
        poll.register(port, select.POLLIN)
    print("ready", flush=True)
    while True:
        line.deliver()
        wait = line.wait()
        if wait is not None and 0 < wait < POLL_GRAIN:
            time.sleep(wait)
            wait = 0
        for descriptor, _ in poll.poll(None if wait is None else int(wait * 1000)):
            line.take(descriptor)


main()
