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
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23
RECEIVE_BUFFER = 8 * 1024 * 1024
# poll() counts in milliseconds: the rest of a wait is slept.
POLL_GRAIN = 0.001


def open_port(interface):
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL))
    port.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    port.bind((interface, 0))
    port.setblocking(False)
    return port


ports = [open_port(interface) for interface in sys.argv[1:3]]
delay, jitter, loss = (float(text) for text in sys.argv[3:6])
# The same faults in each run.
chance = random.Random(1)
# Packets on their way: when each is due, its number, where it goes.
travelling = []
count = 0
poll = select.poll()
for port in ports:
    poll.register(port, select.POLLIN)
print("ready", flush=True)
while True:
    while travelling and travelling[0][0] <= time.monotonic():
        _, _, target, packet = heapq.heappop(travelling)
        try:
            target.send(packet)
        except OSError:
            pass  # The interface is down or full: the packet is lost, as on any line.
    wait = max(0.0, travelling[0][0] - time.monotonic()) if travelling else None
    if wait is not None and 0 < wait < POLL_GRAIN:
        time.sleep(wait)
        wait = 0
    for descriptor, _ in poll.poll(None if wait is None else int(wait * 1000)):
        source, target = ports if descriptor == ports[0].fileno() else reversed(ports)
        try:
            packet = source.recv(65535)
        except OSError:
            continue
        if chance.random() * 100 < loss:
            continue
        count += 1
        due = time.monotonic() + (delay + chance.uniform(-jitter, jitter)) / 1000
        heapq.heappush(travelling, (due, count, target, packet))
