"""Resuming a 20-hop run: from the start of the process to its first question to the provider."""

import json
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

from runner.api.runs import load, provider_of
from runner.backends.local import open_local_run
from runner.clock import SystemClock
from runner.config.settings import Settings
from runner.files import Disk
from runner.planning.spec import hop_specs

SAMPLE = Path(__file__).parents[1] / "storyboards" / "long-walk.yaml"
LONGTAKE = Path(sys.executable).with_name("longtake")
asked = Event()


class Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked.set()
        body = json.dumps({"code": 200, "msg": "success", "data": {"successFlag": 0}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def begin(root: Path, url: str) -> None:
    """A run that was killed while its 20th extension was being made."""
    storyboard = load(SAMPLE)
    provider = provider_of(storyboard)
    model = provider.catalog.model(storyboard.model or provider.catalog.default_model)
    assert model is not None
    account = Settings(base_url=url, upload_url=url, key="any", pace=provider.catalog.pace, local=True).account
    disk = Disk()
    with open_local_run(root, disk=disk, clock=SystemClock()) as directory:
        directory.write(directory.layout.storyboard, storyboard.source.text.encode())
        directory.record(
            "opened",
            format=1,
            run="bench",
            provider="kie",
            endpoint=url,
            account=account,
            source=str(SAMPLE),
            storyboard=storyboard.source.digest,
        )
        listed = hop_specs(storyboard, provider, model)
        for spec in listed:
            place = {"hop": spec.index, "take": 1}
            parent = 1 if spec.index else None
            event = directory.record(
                "intent",
                **place,
                key=spec.key,
                kind=spec.kind,
                parent=parent,
                usd=str(spec.usd),
                credits=str(spec.credits),
                request=dict(spec.request.body),
            )
            directory.write(directory.layout.request(spec.index, 1), json.dumps({"intent": event.seq}).encode())
            directory.record("accepted", **place, task=f"task{spec.index}", handle={}, via="reply")
            if spec is not listed[-1]:
                directory.record(
                    "stored", **place, files=[{"role": "film", "name": "video.mp4", "size": 1, "sha256": "0" * 64}]
                )
                directory.record("judged", **place, verdict="pass", words="", expectation="")


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as place:
        begin(Path(place) / "run", url)
        for _ in range(5):
            asked.clear()
            environment = {"PATH": "/usr/bin:/bin", "LONGTAKE_KIE_BASE_URL": url, "KIE_API_KEY": "any"}
            began = time.perf_counter()
            with subprocess.Popen(
                [str(LONGTAKE), "resume", f"{place}/run", "--yes"], env=environment, stderr=subprocess.DEVNULL
            ) as process:
                asked.wait(30)
                print(f"resume to first question, 21 hops: {time.perf_counter() - began:.2f} s (aim <= 1.0 s)")
                process.kill()
    server.shutdown()


if __name__ == "__main__":
    main()
