"""Python runs this before the backend, because start.sh puts this folder on PYTHONPATH. It keeps the backend on this machine.

Names of other hosts than PostgreSQL's and Redis's lead nowhere, and the domain of a mail address is not looked up:
the suite's addresses end in example.com, which takes no mail."""

import os
import socket

import email_validator.deliverability

KNOWN = {"localhost", "127.0.0.1", "::1"} | {os.environ.get(f"POLAR_{name}_HOST") for name in ("POSTGRES", "REDIS")}
look_up = socket.getaddrinfo


def look_up_known(host, *args, **options):
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None and name not in KNOWN:
        raise socket.gaierror(socket.EAI_NONAME, f"{name}: scripts/backend keeps the backend on this machine")
    return look_up(host, *args, **options)


socket.getaddrinfo = look_up_known
email_validator.deliverability.validate_email_deliverability = lambda *_, **__: {}
