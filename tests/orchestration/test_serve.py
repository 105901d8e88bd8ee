"""Serving: everything answers or nothing runs, and nothing stays behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import psutil
import pytest

from ingestion.errors import KetteError
from orchestration import serve
from orchestration.host import ports, processes

if TYPE_CHECKING:
    from pathlib import Path

ANSWERS = """
import http.server, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)
print(child.pid, flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def service(name: str, code: str) -> serve.Service:
    port = ports.free()
    return serve.Service(
        name, [sys.executable, "-c", code, str(port)], port, "/", "KETTE_X_PORT", name
    )


def is_alive(pid: int) -> bool:
    # one that nobody waited for yet is still listed, but has ended
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_stopping_ends_each_service_and_what_it_started(tmp_path: Path) -> None:
    supervisor = serve.Supervisor([service("one", ANSWERS), service("two", ANSWERS)], tmp_path)
    supervisor.start()
    supervisor.wait_until_healthy(lambda _text: None)
    grandchildren = [
        int((tmp_path / f"{name}.log").read_text().split()[0]) for name in ("one", "two")
    ]
    assert all(is_alive(pid) for pid in grandchildren)
    supervisor.stop()
    assert not any(is_alive(pid) for pid in grandchildren)
    assert not any(ports.is_taken(each.port) for each in supervisor.services)


def test_a_service_that_ends_by_itself_is_named_with_its_log(tmp_path: Path) -> None:
    supervisor = serve.Supervisor([service("broken", "raise SystemExit(3)")], tmp_path)
    supervisor.start()
    with pytest.raises(KetteError, match=r"broken: it ended with exit code 3.*broken\.log"):
        supervisor.wait_until_healthy(lambda _text: None)
    supervisor.stop()


def test_it_is_said_what_is_waited_for_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "HEALTHY_SECONDS", 0.5)
    slow = service("slow", "import signal; signal.pause()")
    supervisor = serve.Supervisor([slow], tmp_path)
    supervisor.start()
    said: list[str] = []
    with pytest.raises(KetteError, match=f"slow: it does not answer on port {slow.port} after"):
        supervisor.wait_until_healthy(said.append)
    supervisor.stop()
    assert said[0] == "starting slow"
    assert said[-1].startswith(f"slow does not answer on port {slow.port} yet: waited ")
    assert said[-1].endswith(f" of at most 0.5 s; it prints to {tmp_path / 'slow.log'}")


def test_a_taken_port_is_named_with_its_setting() -> None:
    with socket.socket() as taken:
        taken.bind((ports.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        wanted = serve.Service("dashboards", [], port, "/", "KETTE_DASHBOARD_PORT", "")
        with pytest.raises(KetteError) as error:
            serve.check_ports([wanted])
    assert str(error.value) == (
        f"dashboards: port {port} is taken by another program. "
        "End that program, or set KETTE_DASHBOARD_PORT to another port"
    )


@pytest.mark.parametrize("handler", ["SIG_DFL", "SIG_IGN"])
def test_a_child_does_not_outlive_a_parent_that_was_killed(handler: str) -> None:
    code = (
        "import subprocess, sys, signal\n"
        f"signal.signal(signal.SIGTERM, signal.{handler})\n"
        "from orchestration.host import processes\n"
        "child = processes.start([sys.executable, '-c', 'import signal; signal.pause()'], 2)\n"
        "print(child.pid, flush=True)\n"
        "signal.pause()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    gone, _alive = psutil.wait_procs([child], timeout=10)
    assert gone == [child]
    parent.stdout.close()


def test_a_termination_signal_is_treated_like_ctrl_c() -> None:
    def send() -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)

    def wait_for_it() -> None:
        with processes.interruptible():
            threading.Timer(0.05, send).start()
            signal.pause()

    with pytest.raises(KeyboardInterrupt):
        wait_for_it()
    assert signal.getsignal(signal.SIGTERM) is before
