"""Slaves made by pymodbus, with registers packed by Python's own struct."""

import asyncio
import struct
import sys

from pymodbus import FramerType
from pymodbus.exceptions import NoSuchIdException
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

# Every kind in every order: sixteen registers from 0, 16, 32, ... as Rust's test expects them.
KINDS = [("H", 4660), ("h", -1234), ("I", 305419896), ("i", -305419896),
         ("f", 230.5), ("Q", 81985529216486), ("q", -81985529216486), ("d", -1234.125)]
ORDERS = ["abcd", "cdab", "badc", "dcba"]


def packed(kind, value, order):
    raw = struct.pack(">" + kind, value)
    words = [raw[at:at + 2] for at in range(0, len(raw), 2)]
    if order in ("cdab", "dcba"):
        words.reverse()
    if order in ("badc", "dcba"):
        words = [word[::-1] for word in words]
    return [int.from_bytes(word, "big") for word in words]


def registers():
    found = []
    for kind, value in KINDS:
        row = [word for order in ORDERS for word in packed(kind, value, order)]
        found += row + [0] * (16 - len(row))
    return found


def device(unit, first):
    """Holding registers 0-127 and 200-209 (nothing between), inputs 0-9, coils 0-31, discrete inputs 0-31."""
    text = [int.from_bytes(pair, "big") for pair in (b"PM", b"3-", b"22", b"\0\0")]
    holding = [
        SimData(0, values=registers(), datatype=DataType.REGISTERS),
        SimData(200, values=[0] * 6 + text, datatype=DataType.REGISTERS),
    ]
    inputs = [SimData(0, values=[first + at for at in range(10)], datatype=DataType.REGISTERS)]
    coils = [SimData(0, values=[False] * 32, datatype=DataType.BITS)]
    discrete = [SimData(0, values=[True, False, True, True] + [False] * 28, datatype=DataType.BITS)]
    return SimDevice(id=unit, simdata=(coils, discrete, holding, inputs))


async def silent(*_):
    """Whoever is asked for and is not there says nothing."""
    raise NoSuchIdException


async def main():
    kind, where = sys.argv[1], sys.argv[2]
    nobody = SimDevice(id=0, simdata=SimData(0, values=[0] * 9, datatype=DataType.REGISTERS), action=silent)
    devices = [device(1, 100), device(2, 200), nobody]
    if kind == "serial":
        server = ModbusSerialServer(devices, framer=FramerType.RTU, port=where, baudrate=19200,
                                    ignore_missing_devices=True)
    else:
        framer = FramerType.RTU if kind == "rtu-over-tcp" else FramerType.SOCKET
        server = ModbusTcpServer(devices, framer=framer, address=("127.0.0.1", int(where)),
                                 ignore_missing_devices=True)
    await server.serve_forever(background=True)
    port = 0
    if kind != "serial":
        port = server.transport.sockets[0].getsockname()[1]
    print("ready", port, flush=True)
    # The test holds the other end: when it goes, so does this.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
