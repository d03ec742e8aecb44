"""A mail server (aiosmtpd) with STARTTLS and AUTH that a test tells how to behave.

    mail_server.py CERTIFICATE KEY [PORT]

Says `{"port": ...}` once it listens, then a line of JSON for every mail it has. Reads one word a line:

    well      takes every mail
    refusing  lets nobody sign in
    busy      answers 451 to every recipient
    rejects   answers 550 to every recipient
    cuts      takes a mail and goes away instead of saying so
    mute      takes a mail and never says so
    slow      thinks for five seconds before it takes a mail

An empty line changes nothing, and is answered once every mail before it was told of.
"""

import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

NAME, PASSWORD = b"tandem", b"a mail for you"


class Office:
    def __init__(self):
        self.manner = "well"
        self.asked = 0

    def tells(self, what):
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()

    def authenticate(self, server, session, envelope, mechanism, auth):
        known = auth.login == NAME and auth.password == PASSWORD
        return AuthResult(success=known and self.manner != "refusing", handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.manner == "rejects":
            return "550 5.1.1 no such user: " + address
        if self.manner == "busy":
            return "451 4.3.0 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.manner == "slow":
            await asyncio.sleep(5)
        self.tells({
            "to": envelope.rcpt_tos,
            "raw": envelope.content.decode("utf-8"),
            "encrypted": session.ssl is not None,
            "signed_in": bool(session.authenticated),
        })
        if self.manner == "cuts":
            server.transport.abort()
        if self.manner == "mute":
            await asyncio.Event().wait()
        return "250 OK"


async def serve(certificate, key, port):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    office, loop = Office(), asyncio.get_running_loop()

    def session():
        return SMTP(
            office,
            hostname="localhost",
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=office.authenticate,
            loop=loop,
        )

    server = await loop.create_server(session, "127.0.0.1", port)
    office.tells({"port": server.sockets[0].getsockname()[1]})
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        office.manner = line.strip() or office.manner
        office.tells({"manner": office.manner})
    server.close()


asyncio.run(serve(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0))
