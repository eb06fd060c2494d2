"""The command line as programs and people meet it, in processes of their own."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.cli.main import _COMMANDS
from tests.execution.studio import PROMPTS, ROOT, Studio, served

SAMPLE = ROOT / "storyboards" / "dog-park.yaml"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, films: Path) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("cli") / "emulator", ["no-rate-limit"], films=films) as url:
        yield url


@pytest.fixture
def studio(url: str, tmp_path: Path) -> Studio:
    studio = Studio(url=url, folder=tmp_path)
    studio.ask("/sandbox/faults", method="DELETE")
    studio.fault("no-rate-limit", "balance=1000000")
    studio.before = len(studio.ask("/sandbox/ledger")["charges"])
    return studio


def start(studio: Studio, *words: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "runner", *map(str, words)],
        cwd=studio.folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **studio.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def on_a_terminal(studio: Studio, typed: str, *words: str | Path, ctrl_c_at: str = "") -> tuple[int, str]:
    """The exit code and what the screen was told, escape codes taken out; `typed` waits in the keyboard.

    Ctrl-C is sent, and Enter is not, once the screen shows `ctrl_c_at`.
    """
    keyboard, terminal = pty.openpty()
    os.write(keyboard, typed.encode())
    process = subprocess.Popen(
        [sys.executable, "-m", "runner", *map(str, words)],
        cwd=studio.folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "120", **studio.environ},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    told = b""
    while True:
        try:
            chunk = os.read(keyboard, 65536)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        told += chunk
        if ctrl_c_at and ctrl_c_at in told.decode(errors="replace"):
            process.send_signal(signal.SIGINT)
            ctrl_c_at = ""
    os.close(keyboard)
    return process.wait(), ESCAPES.sub("", told.decode())


@pytest.mark.parametrize("command", sorted(_COMMANDS))
def test_every_command_explains_itself(studio: Studio, command: str) -> None:
    result = studio.command(command, "--help")
    assert result.returncode == 0
    assert result.stdout.startswith(f"Usage: longtake {command}")


@pytest.mark.parametrize("command", sorted(_COMMANDS))
def test_every_command_and_option_is_documented(studio: Studio, command: str) -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    options = set(re.findall(r"--[a-z-]+", studio.command(command, "--help").stdout)) - {"--help"}
    assert f"`longtake {command}" in page
    assert [option for option in options if option not in page] == []


def test_a_mistyped_command_is_guessed(studio: Studio) -> None:
    result = studio.command("pln")
    assert result.returncode == 2
    assert "Did you mean 'plan'?" in result.stderr


def test_a_mistyped_option_is_a_matter_of_usage(studio: Studio) -> None:
    assert studio.command("plan", SAMPLE, "--jsn").returncode == 2


def test_a_valid_storyboard_is_said_to_be_valid(studio: Studio) -> None:
    result = studio.command("validate", SAMPLE)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"{SAMPLE}: valid\n"


def test_problems_are_shown_once_with_place_and_cure(studio: Studio) -> None:
    board = studio.board(model="veo3_fsat")
    for command in ("validate", "plan", "run"):
        result = studio.command(command, board)
        assert result.returncode == 3
        assert result.stderr.count("catalog/unknown-model") == 1
        assert "did you mean 'veo3_fast'?" in result.stderr


def test_of_many_warnings_alike_the_first_few_are_shown_and_every_error(studio: Studio) -> None:
    board = studio.board(*("on" for _ in range(30)))
    told = studio.command("validate", board).stderr
    assert told.count("[prompt/no-continuity]\n") == 3
    assert f"{board}: 26 more [prompt/no-continuity]; --verbose shows each" in told
    assert "catalog/too-many-hops" in told
    assert studio.command("validate", board, "--verbose").stderr.count("[prompt/no-continuity]") == 29


def test_a_wrong_field_does_not_hide_what_the_model_cannot_do(studio: Studio) -> None:
    told = studio.command("validate", studio.board(initial={"prompt": PROMPTS[0], "sed": 1, "duration": 7})).stderr
    assert "initial.sed: there is no field `sed`" in told
    assert "initial.duration" in told
    assert "[catalog/duration]" in told


def test_what_the_model_can_do_is_not_judged_of_another_model(studio: Studio) -> None:
    board = studio.board(model=5, provider="kling", initial={"prompt": PROMPTS[0], "duration": 8})
    told = studio.command("validate", board).stderr
    assert "model: 5 stands where text is needed" in told
    assert "[catalog/" not in told


def test_a_file_that_is_not_there_is_named(studio: Studio) -> None:
    result = studio.command("validate", "nowhere.yaml")
    assert result.returncode == 3
    assert "nowhere.yaml" in result.stderr


def lines(result: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_json_output_is_json_and_nothing_else(studio: Studio) -> None:
    board = studio.board(PROMPTS[0])
    root = ("--run-dir", studio.root)
    assert lines(studio.command("plan", board, "--json"))[0]["usd"] == 0.3
    assert {"event": "validated", "file": str(board), "valid": True} in lines(
        studio.command("validate", board, "--json")
    )
    events = lines(studio.command("run", board, *root, "--yes", "--json"))
    assert events[0]["event"] == "run/planned"
    assert events[-1] == {"event": "film", "path": str(studio.root / "film.mp4"), "seconds": 4.0}
    assert lines(studio.command("status", studio.root, "--json"))[0]["next_command"] == ""
    assert {event["event"] for event in lines(studio.command("check", studio.root, "--json"))} == {"checked"}
    assert {event["event"] for event in lines(studio.command("doctor", "--json"))} == {"finding"}


def test_a_json_error_says_what_it_means_for_money(studio: Studio) -> None:
    studio.fault("lost-reply@generate")
    result = studio.command("run", studio.board(PROMPTS[0]), "--run-dir", studio.root, "--yes", "--json")
    error = lines(result)[-1]
    assert result.returncode == error["exit_code"] == 8
    assert (error["charged"], error["hop"], error["code"]) == ("unknown", 0, "money/unknown")
    assert error["next_command"] == f"longtake reconcile {studio.root}"


def test_a_pipe_gets_plain_lines(studio: Studio) -> None:
    result = studio.command("run", studio.board(PROMPTS[0]), "--run-dir", studio.root, "--yes")
    assert result.stdout == f"{studio.root / 'film.mp4'}\n"
    assert "hop 0: take 1 is done" in result.stderr
    assert "\x1b" not in result.stderr


def test_a_terminal_is_asked_and_gets_a_table(studio: Studio) -> None:
    code, screen = on_a_terminal(studio, "y\n", "run", studio.board(PROMPTS[0]), "--run-dir", studio.root)
    assert code == 0
    assert screen.index("Spend $0.30 at http://127.0.0.1") < screen.index("until") < screen.rindex("done")
    assert len(studio.charges()) == 1


FOREIGN = {"name": "kie", "base_url": "https://relay.invalid"}


class Alone(Studio):
    """A studio that says no address in its environment, and has a folder for settings."""

    @property
    def environ(self) -> dict[str, str]:
        known = {name: value for name, value in super().environ.items() if not name.endswith("_BASE_URL")}
        return {**known, "XDG_CONFIG_HOME": str(self.folder / "config")}


@pytest.fixture
def alone(tmp_path: Path) -> Alone:
    return Alone(url="", folder=tmp_path)


def test_a_terminal_is_asked_about_a_host_once(alone: Alone) -> None:
    board, hosts = alone.board(PROMPTS[0], provider=FOREIGN), alone.folder / "config" / "longtake" / "hosts"
    code, screen = on_a_terminal(alone, "n\n", "run", board, "--yes")
    assert (code, hosts.exists()) == (5, False)
    assert f"relay.invalid: not an address of kie.ai Veo 3.1 itself ({board}:1)" in screen
    code, screen = on_a_terminal(alone, "y\nn\n", "run", board)
    assert (code, hosts.read_text()) == (4, "relay.invalid\n")
    assert screen.index("Trust relay.invalid") < screen.index("Spend $0.30 at relay.invalid?")
    code, screen = on_a_terminal(alone, "n\n", "run", board)
    assert (code, "Trust" in screen) == (4, False)


@pytest.mark.parametrize("more", [(), ("--json",), ("--run-dir", "here"), ("--runs-dir", "there")])
def test_without_a_terminal_a_host_that_nobody_allowed_stops_the_run(alone: Alone, more: tuple[str, ...]) -> None:
    alone.board(PROMPTS[0], provider=FOREIGN)
    result = alone.command("run", "board.yaml", "--yes", *more)
    where = "" if more == ("--json",) else "".join(f" {word}" for word in more)
    assert result.returncode == 5
    assert f"longtake run board.yaml{where} --allow-host relay.invalid" in result.stdout + result.stderr
    assert "board.yaml:1" in result.stdout + result.stderr
    assert not list(alone.folder.rglob("journal.jsonl"))


def test_plan_and_doctor_name_the_host(alone: Alone) -> None:
    (alone.folder / "longtake.toml").write_text('[kie]\nbase_url = "https://toml.invalid"\n')
    for words in (("plan", alone.board(PROMPTS[0]), "--short"), ("doctor",)):
        told = alone.command(*words).stdout
        assert "toml.invalid" in told
        assert "longtake.toml:2" in told
    assert "not allowed yet: --allow-host toml.invalid" in alone.command("doctor").stdout
    assert "to api-singapore.klingai.com" in alone.command("doctor").stdout
    assert json.loads(alone.command("plan", "board.yaml", "--json").stdout)["host"] == "toml.invalid"
    assert "sent to the built-in sandbox" in alone.command("plan", "board.yaml", "--sandbox").stdout


def test_a_terminal_that_says_no_spends_nothing(studio: Studio) -> None:
    code, screen = on_a_terminal(studio, "n\n", "run", studio.board(PROMPTS[0]), "--run-dir", studio.root)
    assert code == 4
    assert "not confirmed" in screen
    assert studio.charges() == []


def test_ctrl_c_at_the_question_ends_at_once_and_spends_nothing(studio: Studio) -> None:
    board = studio.board(PROMPTS[0])
    code, screen = on_a_terminal(studio, "", "run", board, "--run-dir", studio.root, ctrl_c_at="[y/N]")
    assert code == 130
    assert "nothing was bought" in screen
    assert studio.charges() == []


def test_interrupted_it_says_how_to_go_on_and_nothing_is_paid_twice(studio: Studio) -> None:
    studio.fault("slow:seconds=30,times=1")
    process = start(studio, "run", studio.board(*PROMPTS[:2]), "--run-dir", studio.root, "--yes")
    assert process.stderr is not None
    for line in process.stderr:
        if "accepted" in line:
            process.send_signal(signal.SIGINT)
            break
    _, words = process.communicate()
    assert process.returncode == 130
    assert f"longtake resume {studio.root}" in words
    assert len(studio.charges()) == 1
    studio.ask("/sandbox/clock", {"advance": 60})
    assert studio.command("resume", studio.root, "--yes").returncode == 0
    assert len(studio.charges()) == 2


def test_a_failed_check_and_a_failed_task_have_their_exit_codes(studio: Studio) -> None:
    studio.fault("frame-rate=30@generate")
    board = studio.board(PROMPTS[0])
    assert studio.command("run", board, "--run-dir", studio.root, "--yes").returncode == 7
    assert studio.command("status", studio.root).stdout.count("longtake retake") == 1
    studio.ask("/sandbox/faults", method="DELETE")
    studio.fault("task-failed:code=501")
    assert studio.command("retake", studio.root, "--hop", "0", "--yes").returncode == 6


def test_a_retake_says_first_what_it_costs(studio: Studio) -> None:
    studio.film(studio.board(*PROMPTS[:2]))
    result = studio.command("retake", studio.root, "--hop", "0")
    assert result.returncode == 4
    assert "$0.60 buys finished hops again" in result.stderr
    assert len(studio.charges()) == 2


def test_a_run_that_does_not_exist_is_not_resumed(studio: Studio) -> None:
    assert studio.command("status", studio.folder).returncode == 2
    assert studio.command("reconcile", studio.folder).returncode == 2
    assert studio.command("resume", studio.folder).returncode == 2


def test_init_writes_a_sample_that_plans_and_overwrites_nothing(studio: Studio) -> None:
    assert studio.command("init", "mine.yaml", "--sample", "image-to-video").returncode == 0
    assert studio.command("plan", "mine.yaml").returncode == 0
    text = (studio.folder / "mine.yaml").read_text()
    schema = re.search(r"\$schema=(\S+)", text)
    assert schema
    assert Path(schema[1]).is_file()
    assert studio.command("init", "mine.yaml").returncode == 2


def test_a_rehearsal_needs_no_key_and_is_resumed_as_one(studio: Studio) -> None:
    board = studio.board(PROMPTS[0])
    assert studio.command("run", board, "--sandbox", "--sandbox-seconds", "0", KIE_API_KEY="").returncode == 0
    assert studio.command("resume", "runs/board.sandbox", KIE_API_KEY="").returncode == 0
    assert studio.charges() == []


def test_resuming_a_storyboard_leads_to_its_rehearsal_and_never_to_a_purchase(studio: Studio) -> None:
    board = studio.board(PROMPTS[0])
    assert "longtake run" in studio.command("resume", board, "--sandbox").stderr.partition("next:")[2]
    assert "--sandbox" in studio.command("resume", board, "--sandbox").stderr.partition("next:")[2]
    studio.command("run", board, "--sandbox", "--sandbox-seconds", "0")
    result = studio.command("resume", board)
    assert result.returncode == 2
    assert result.stderr.endswith("next: longtake resume runs/board.sandbox\n")


@pytest.mark.parametrize("amount", ["nan", "inf", "1,50", "abc", "-1", "", "1e3", " ", "0x1", "\u0661"])
def test_what_is_no_amount_is_wrong_usage(studio: Studio, amount: str) -> None:
    for option in ("--max-cost", "--sandbox-seconds"):
        result = studio.command("run", studio.board(PROMPTS[0]), "--sandbox", option, amount)
        assert result.returncode == 2
        assert "write it as 1.50" in result.stderr


def test_a_cap_holds_for_all_storyboards_of_a_command(studio: Studio) -> None:
    boards = [studio.folder / f"{name}.yaml" for name in "ab"]
    for board in boards:
        board.write_bytes(studio.board(PROMPTS[0]).read_bytes())
    result = studio.command("run", *boards, "--yes", "--max-cost", "0.5")
    assert result.returncode == 4
    assert "$0.60 would do" in result.stderr
    assert studio.command("run", *boards, "--dry-run", "--max-cost", "0.5").returncode == 4
    assert studio.charges() == []
    assert studio.command("run", *boards, "--yes", "--max-cost", "0.60").returncode == 0


def test_a_storyboard_that_is_named_twice_is_made_once(studio: Studio) -> None:
    board = studio.board(PROMPTS[0])
    result = studio.command("run", board, board, "--yes")
    assert (result.returncode, result.stdout) == (0, "runs/board/film.mp4\n")
    assert len(studio.charges()) == 1


def test_a_plan_is_never_made_from_the_run_of_another_storyboard(studio: Studio) -> None:
    board = studio.board(PROMPTS[0])
    assert studio.command("run", board, "--yes").returncode == 0
    other = studio.folder / "other" / "board.yaml"
    other.parent.mkdir()
    other.write_text(board.read_text().replace("dog", "cat"))
    for command in ("plan", "resume", "run"):
        result = studio.command(command, other)
        assert (result.returncode, "run-directory/other-storyboard" in result.stderr) == (5, True)


def test_faults_are_for_the_sandbox_alone(studio: Studio) -> None:
    assert studio.command("run", studio.board(PROMPTS[0]), "--fault", "hang", "--yes").returncode == 2


def test_several_storyboards_run_side_by_side(studio: Studio) -> None:
    boards = []
    for name in ("a", "b"):
        boards.append(studio.folder / f"{name}.yaml")
        boards[-1].write_bytes(studio.board(PROMPTS[0]).read_bytes())
    result = studio.command("run", *boards, "--yes")
    assert sorted(result.stdout.split()) == ["runs/a/film.mp4", "runs/b/film.mp4"]


def test_a_reader_that_leaves_early_is_no_error(studio: Studio) -> None:
    process = start(studio, "providers")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait()


@pytest.mark.parametrize("words", [["pl"], ["plan", "--sh"]])
def test_a_shell_is_told_how_to_complete(words: list[str]) -> None:
    line = " ".join(["longtake", *words])
    environ = {"_LONGTAKE_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    argv = [sys.executable, "-c", "from runner.__main__ import entry; entry()"]
    result = subprocess.run(argv, env={"PYTHONPATH": str(ROOT), **environ}, capture_output=True, text=True, check=False)
    assert {"pl": "plain,plan", "plan": "plain,--short"}[words[0]] in result.stdout.split()


def test_one_file_in_two_spellings_is_made_once(studio: Studio) -> None:
    board = studio.board(PROMPTS[0])
    other = board.parent / "." / ".." / board.parent.name / board.name
    result = studio.command("run", board, other, "--runs-dir", studio.folder / "runs", "--yes")
    assert (result.returncode, len(studio.charges())) == (0, 1)


def test_of_two_boards_of_one_name_the_one_that_has_not_begun_is_to_move(studio: Studio) -> None:
    board = studio.board(PROMPTS[0])
    runs = ["--runs-dir", studio.folder / "runs", "--yes"]
    assert studio.command("run", board, *runs).returncode == 0
    other = studio.folder / "b" / board.name
    other.parent.mkdir()
    other.write_text(board.read_text())
    for pair in ((board, other), (other, board)):
        result = studio.command("run", *pair, *runs)
        assert result.returncode == 2
        assert f"next: longtake run {other} --run-dir" in result.stderr


def test_a_run_under_another_name_is_found_by_its_storyboard(studio: Studio) -> None:
    board, runs = studio.board(PROMPTS[0]), studio.folder / "runs"
    assert studio.command("run", board, "--run-dir", runs / "other", "--yes").returncode == 0
    result = studio.command("resume", board, "--runs-dir", runs)
    assert result.returncode == 2
    assert f"a run that is paid for, in {runs / 'other'}" in result.stderr
    assert f"next: longtake resume {runs / 'other'}" in result.stderr


def test_the_command_after_an_unconfirmed_price_keeps_every_option(studio: Studio) -> None:
    options = ["--max-cost", "2.00", "--retries", "2", "--here", "--allow-host", "relay.example", "--allow-outside"]
    result = studio.command("run", studio.board(PROMPTS[0]), "--run-dir", studio.root, *options)
    assert result.returncode == 4
    (line,) = [line for line in result.stderr.splitlines() if "next: longtake run" in line]
    given = ("--max-cost 2.00", "--retries 2", "--here", "--allow-host relay.example", "--allow-outside")
    assert [line.count(f" {option}") for option in (*given, "--yes")] == [1] * 6


def test_a_cap_that_would_do_takes_the_place_of_the_one_that_was_given(studio: Studio) -> None:
    board = studio.board(PROMPTS[0])
    words = ["run", board, "--run-dir", studio.root, "--max-cost", "0.10", "--retries", "1"]
    result = studio.command(*words, "--yes")
    assert result.returncode == 4
    assert "--retries 1 --max-cost 0.30" in result.stderr
    assert "0.10\n" not in result.stderr.partition("next:")[2]
