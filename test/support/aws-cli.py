"""Version 1 of the aws command line, one process for many commands: a line in is the words of one, a line out what it said."""

import io
import json
import sys
import time
from contextlib import redirect_stderr, redirect_stdout

from awscli import __version__
from awscli.clidriver import create_clidriver

# Its waiters ask for a stack's state every half minute.
faster = float(sys.argv[1])
sleep = time.sleep
time.sleep = lambda seconds: sleep(seconds / faster)

answers = sys.stdout
driver = create_clidriver()


def say(value):
    print(json.dumps(value), file=answers, flush=True)


def run(words):
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = driver.main(words)
        except SystemExit as end:
            code = end.code
    return {"code": code, **{name: stream.buffer.getvalue().decode() for name, stream in (("stdout", out), ("stderr", err))}}


say(__version__)
for line in sys.stdin:
    say(run(json.loads(line)))
