import errno
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import RunDirectoryError
from runner.events import Event
from runner.files import Disk
from runner.state.journal import Journal, decode, encode, read
from tests.fakes.clock import FakeClock


def written(path: Path, count: int = 4) -> bytes:
    journal = Journal(path, disk=Disk(), clock=FakeClock())
    journal.open()
    for number in range(count):
        journal.append("accepted", hop=number, take=1, task=f"task-{number} ü", handle={}, via="reply")
    journal.close()
    return path.read_bytes()


def test_events_come_back_as_they_were_written(tmp_path: Path) -> None:
    written(tmp_path / "j")
    events = read(tmp_path / "j").events
    assert [event.seq for event in events] == [1, 2, 3, 4]
    assert events[2].data["task"] == "task-2 ü"


def test_a_reopened_journal_goes_on_counting(tmp_path: Path) -> None:
    written(tmp_path / "j")
    written(tmp_path / "j", 1)
    assert [event.seq for event in read(tmp_path / "j").events] == [1, 2, 3, 4, 5]


def test_a_line_is_json_that_other_tools_can_read(tmp_path: Path) -> None:
    lines = written(tmp_path / "j").splitlines()
    assert json.loads(lines[0])["event"] == "accepted"


def test_cut_at_every_byte_only_the_line_being_written_is_lost(tmp_path: Path) -> None:
    data = written(tmp_path / "j")
    ends = [i + 1 for i, byte in enumerate(data) if byte == 10]
    for cut in range(len(data)):
        (tmp_path / "j").write_bytes(data[:cut])
        reading = read(tmp_path / "j")
        assert len(reading.events) == sum(end <= cut for end in ends)
        assert reading.good_bytes + len(reading.torn) == cut


def test_every_single_bit_flip_is_found(tmp_path: Path) -> None:
    data = written(tmp_path / "j", 3)
    silent = []
    for position in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[position] ^= 1 << bit
            (tmp_path / "j").write_bytes(flipped)
            try:
                read(tmp_path / "j")
            except RunDirectoryError:
                continue
            silent.append((position, bit))
    assert silent == []


def test_pages_that_never_reached_the_disk_count_as_torn(tmp_path: Path) -> None:
    data = written(tmp_path / "j")
    (tmp_path / "j").write_bytes(data + b"\0" * 4096)
    assert len(read(tmp_path / "j").events) == 4


def test_a_torn_end_is_kept_beside_the_journal_when_it_is_opened(tmp_path: Path) -> None:
    data = written(tmp_path / "j")
    (tmp_path / "j").write_bytes(data[:-5])
    journal = Journal(tmp_path / "j", disk=Disk(), clock=FakeClock())
    journal.open()
    journal.append("succeeded", hop=0, take=1)
    journal.close()
    (kept,) = tmp_path.glob("j.torn-*")
    assert data.endswith(kept.read_bytes() + data[-5:])
    assert [event.seq for event in read(tmp_path / "j").events] == [1, 2, 3, 4]


def test_a_missing_line_in_the_middle_stops_with_its_number(tmp_path: Path) -> None:
    lines = written(tmp_path / "j").splitlines(keepends=True)
    (tmp_path / "j").write_bytes(b"".join([lines[0], *lines[2:]]))
    with pytest.raises(RunDirectoryError, match="line 2 is damaged"):
        read(tmp_path / "j")


class FullDisk(Disk):
    def append(self, descriptor: int, data: bytes) -> None:
        del descriptor, data
        raise OSError(errno.ENOSPC, "no space")


def test_after_a_failed_write_nothing_more_is_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", disk=FullDisk(), clock=FakeClock())
    journal.open()
    with pytest.raises(RunDirectoryError, match="disk is full"):
        journal.append("succeeded", hop=0, take=1)
    with pytest.raises(RunDirectoryError, match="an earlier write failed"):
        journal.append("succeeded", hop=0, take=1)
    journal.close()


def test_a_stranger_writing_to_the_journal_stops_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j", disk=Disk(), clock=FakeClock())
    journal.open()
    journal.append("succeeded", hop=0, take=1)
    with (tmp_path / "j").open("ab") as stranger:
        stranger.write(b"hello\n")
    with pytest.raises(RunDirectoryError, match="another process"):
        journal.append("succeeded", hop=0, take=1)
    journal.close()


def test_a_journal_is_for_its_owner_alone(tmp_path: Path) -> None:
    written(tmp_path / "j")
    assert (tmp_path / "j").stat().st_mode & 0o777 == 0o600


@given(st.dictionaries(st.text(min_size=1).filter(lambda k: k not in ("seq", "at", "event", "crc")), st.text()))
def test_any_data_survives_the_line(data: dict[str, str]) -> None:
    event = Event(seq=7, at=1.5, kind="note", data=data)
    line = encode(event)
    assert line.count(b"\n") == 1
    assert decode(line[:-1]) == event
