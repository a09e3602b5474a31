"""``sitewright serve``, ``worker`` and ``keys``: the web service."""

from __future__ import annotations

import argparse
import signal

from app.commands.shared import BAD_INPUT, Commands, say


def add_service(commands: Commands) -> None:
    """Declare ``sitewright serve``, ``worker`` and ``keys``."""
    serving = commands.add_parser("serve", help="serve the planner's page, the API and the maps")
    serving.add_argument("--host", help="address to listen on (default 127.0.0.1; others need an API key)")
    serving.add_argument("--port", type=int, help="port (default 8000)")
    serving.add_argument("--example", choices=["germany"], help="also solve this bundled example")
    serving.set_defaults(run=serve)
    commands.add_parser("worker", help="run one more worker process").set_defaults(run=worker)
    key_parser = commands.add_parser("keys", help="API keys for serving beyond this machine")
    actions = key_parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("add", help="make a key; it is shown once").add_argument("name")
    actions.add_parser("list", help="names and dates of the keys")
    actions.add_parser("revoke", help="end a key").add_argument("name")
    key_parser.set_defaults(run=keys)


def serve(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from app.errors import Conflict
    from app.server import serve as run

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run(options.host, options.port, options.example)
    except Conflict as error:
        say(f"sitewright: {error}")
        return BAD_INPUT
    return 0


def worker(options: argparse.Namespace) -> int:
    """Run one more worker until told to stop."""
    from app.server import worker as run

    run()
    return 0


def keys(options: argparse.Namespace) -> int:
    """Add, list or revoke API keys."""
    from app import security
    from app.server import keys_database

    database = keys_database()
    if options.action == "add":
        print(security.add_key(database, options.name))
        say("this key is shown only now; the service keeps a hash of it")
    elif options.action == "revoke":
        security.revoke_key(database, options.name)
    else:
        for key in security.list_keys(database):
            print(key)
    return 0
