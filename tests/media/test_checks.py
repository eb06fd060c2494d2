"""Each fault that headers, packets or decoders can show is found, and nothing is said of clean files."""

import asyncio
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from runner.errors import CheckFailed
from runner.media.checks import decode_errors, judge, worst
from runner.media.ffmpeg.process import ToolTimedOut, decoding_deadline
from runner.media.ffmpeg.tools import Tools
from runner.media.model import Audio, Decoding, Expectation, Probe, Verdict
from runner.media.probing.probe import probe
from runner.media.probing.reading import complaints, error_lines
from tests.media.samples import CLEAN, Samples

EXPECTED = Expectation(
    frame_rate=Fraction(24),
    aspect=Fraction(16, 9),
    short_side=180,
    seconds=4.0,
    tolerance_seconds=0.5,
    video_codecs=("h264",),
    audio="required",
    channels=2,
    sample_rate=48000,
)
PORTRAIT = replace(EXPECTED, aspect=Fraction(9, 16))

# The check that has to find each fault, and how grave it is.
FAULTS = {
    "fps30": ("check/frame-rate", "fail"),
    "fps25": ("check/frame-rate", "fail"),
    "fps23976": ("check/frame-rate", "fail"),
    "vfr": ("check/constant-rate", "fail"),
    "hole": ("check/constant-rate", "fail"),
    "frames_missing": ("check/audio-length", "fail"),
    "r4x3": ("check/aspect", "fail"),
    "portrait": ("check/aspect", "fail"),
    "rows_lost": ("check/aspect", "fail"),
    "small": ("check/resolution", "fail"),
    "large": ("check/resolution", "fail"),
    "rows176": ("check/pixel-aspect", "fail"),
    "sar43": ("check/pixel-aspect", "fail"),
    "relabelled": ("check/aspect", "fail"),
    "rotated": ("check/rotation", "warn"),
    "no_audio": ("check/audio", "fail"),
    "mono": ("check/audio-format", "warn"),
    "surround": ("check/audio-format", "warn"),
    "audio_short": ("check/audio-length", "fail"),
    "audio_late": ("check/audio-start", "fail"),
    "two_videos": ("check/streams", "warn"),
    "hevc": ("check/video-codec", "fail"),
    "ten_bits": ("check/pixels", "warn"),
    "full_range": ("check/pixels", "warn"),
    "interlaced": ("check/scan", "fail"),
    "webm": ("check/container", "warn"),
    "edit_list": ("check/duration", "fail"),
    "cut_faststart": ("check/packets", "fail"),
    "tail_lost": ("check/packets", "fail"),
    "bit_rot": ("check/decode", "warn"),
    "half_ruined": ("check/decode", "fail"),
    "zero_hole": ("check/decode", "fail"),
}
UNREADABLE = ("cut_moov_end", "empty", "json", "html")


def judged(path: Path, tools: Tools, expectation: Expectation = EXPECTED) -> dict[str, Verdict]:
    async def both() -> tuple[Probe, Decoding]:
        return await probe(path, tools), await decode_errors(path, tools)

    found, errors = asyncio.run(both())
    return {verdict.check: verdict for verdict in judge(found, expectation, errors)}


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_is_found(name: str, samples: Samples, readers: dict[str, Tools]) -> None:
    check, grade = FAULTS[name]
    for reader, tools in readers.items():
        verdict = judged(samples[name], tools)[check]
        assert verdict.verdict == grade, (reader, verdict)
        assert verdict.measured in verdict.message
        assert verdict.expected in verdict.message


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_refused_before_any_check(name: str, samples: Samples, tools: Tools) -> None:
    with pytest.raises(CheckFailed, match=name):
        judged(samples[name], tools)


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_file_passes_every_check(name: str, samples: Samples, readers: dict[str, Tools]) -> None:
    expectation = PORTRAIT if name == "portrait" else EXPECTED
    for reader, tools in readers.items():
        verdicts = judged(samples[name], tools, expectation).values()
        assert [verdict.message for verdict in verdicts if verdict.verdict != "pass"] == [], reader
        assert worst(verdicts) == "pass"


def test_every_check_has_a_file_in_which_it_speaks(clean: Probe) -> None:
    """A new check needs its row in FAULTS; that it is silent otherwise, the clean files show."""
    assert {verdict.check for verdict in judge(clean, EXPECTED, Decoding())} == {check for check, _ in FAULTS.values()}


def test_every_check_has_its_place_in_the_documentation(clean: Probe) -> None:
    page = Path(__file__).parents[2].joinpath("docs", "checks.md").read_text(encoding="utf-8")
    for verdict in judge(clean, EXPECTED, Decoding()):
        assert f"`{verdict.check}`" in page


@pytest.fixture
def clean(samples: Samples, tools: Tools) -> Probe:
    return asyncio.run(probe(samples["clean"], tools))


def one(probe: Probe, check: str, expectation: Expectation = EXPECTED, decoding: Decoding | None = None) -> Verdict:
    return {verdict.check: verdict for verdict in judge(probe, expectation, decoding or Decoding())}[check]


def test_all_checks_apply_to_a_full_expectation(clean: Probe) -> None:
    assert len(judge(clean, EXPECTED, Decoding())) == 18


def test_what_is_not_expected_is_not_judged(clean: Probe) -> None:
    checks = {verdict.check for verdict in judge(clean, Expectation())}
    assert checks.isdisjoint(
        {"check/frame-rate", "check/resolution", "check/aspect", "check/duration", "check/video-codec", "check/decode"}
    )


@pytest.mark.parametrize(
    ("frames", "grade"),
    [(96, "pass"), (98, "pass"), (94, "pass"), (99, "warn"), (108, "warn"), (109, "fail"), (83, "fail")],
)
def test_a_length_may_miss_by_two_frames_and_fails_beyond_twelve(clean: Probe, frames: int, grade: str) -> None:
    off = replace(clean, frames=frames, duration=frames / 24)
    assert one(off, "check/duration").verdict == grade
    assert one(off, "check/duration", replace(EXPECTED, seconds=None, frames=96)).verdict == grade


@pytest.mark.parametrize(
    ("spec", "grade"), [("23.976", "pass"), ("24000/1001", "pass"), ("24", "fail"), ("23.98", "fail")]
)
def test_a_rate_in_figures_is_the_standard_rate_that_it_is_short_for(clean: Probe, spec: str, grade: str) -> None:
    film = replace(clean, frame_rate=Fraction(24000, 1001))
    assert one(film, "check/frame-rate", replace(EXPECTED, frame_rate=Fraction(spec))).verdict == grade


def test_expected_frames_win_over_expected_seconds(clean: Probe) -> None:
    assert one(clean, "check/duration", replace(EXPECTED, seconds=40.0, frames=96)).verdict == "pass"


def test_a_narrow_tolerance_fails_where_the_usual_one_remarks(clean: Probe) -> None:
    off = replace(clean, duration=4.125)
    assert one(off, "check/duration").verdict == "warn"
    assert one(off, "check/duration", replace(EXPECTED, tolerance_seconds=0.1)).verdict == "fail"


@pytest.mark.parametrize(
    ("width", "height", "grade"),
    [(1280, 720, "pass"), (854, 480, "pass"), (1284, 716, "pass"), (1280, 704, "fail"), (720, 1280, "fail")],
)
def test_an_aspect_may_miss_by_a_hundredth(clean: Probe, width: int, height: int, grade: str) -> None:
    assert one(replace(clean, width=width, height=height), "check/aspect").verdict == grade


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (720, 1280)])
def test_the_short_side_counts_whichever_way_up(clean: Probe, width: int, height: int) -> None:
    sized = replace(clean, width=width, height=height)
    assert one(sized, "check/resolution", replace(EXPECTED, short_side=720)).verdict == "pass"
    assert one(sized, "check/resolution", replace(EXPECTED, short_side=1080)).verdict == "fail"


def test_a_file_stored_turned_is_judged_as_it_is_shown(clean: Probe) -> None:
    turned = replace(clean, width=180, height=320, rotation=270)
    assert one(turned, "check/aspect").verdict == "pass"
    assert one(turned, "check/rotation").verdict == "warn"


@pytest.mark.parametrize(("spec", "has", "grade"), [
    ("required", True, "pass"), ("required", False, "fail"),
    ("optional", True, "pass"), ("optional", False, "pass"),
    ("absent", True, "warn"), ("absent", False, "pass"),
])  # fmt: skip
def test_audio_is_wanted_welcome_or_unwanted(clean: Probe, spec: str, has: bool, grade: str) -> None:  # noqa: FBT001
    probe = clean if has else replace(clean, audio=None)
    assert one(probe, "check/audio", replace(EXPECTED, audio=spec)).verdict == grade


@pytest.mark.parametrize(
    ("seconds", "grade"),
    [(4.0, "pass"), (4.08, "pass"), (3.92, "pass"), (4.09, "warn"), (4.11, "fail"), (3.89, "fail")],
)
def test_audio_may_miss_the_length_of_the_picture_by_two_frames(clean: Probe, seconds: float, grade: str) -> None:
    assert one(_with_audio(clean, duration=seconds), "check/audio-length").verdict == grade


@pytest.mark.parametrize(("start", "grade"), [(0.0, "pass"), (0.05, "pass"), (0.06, "fail")])
def test_audio_starts_with_the_picture(clean: Probe, start: float, grade: str) -> None:
    assert one(_with_audio(clean, start=start), "check/audio-start").verdict == grade


def _with_audio(probe: Probe, *, start: float = 0.0, duration: float = 4.0) -> Probe:
    audio = Audio(codec="aac", sample_rate=48000, channels=2, start=start, duration=duration)
    return replace(probe, audio=audio)


def test_a_file_without_a_frame_count_in_its_header_is_judged_by_its_damage(clean: Probe) -> None:
    uncounted = replace(clean, header_frames=None)
    assert one(uncounted, "check/packets").verdict == "pass"
    assert one(replace(uncounted, damage=("broken",)), "check/packets").verdict == "warn"
    assert one(replace(uncounted, missing_bytes=1), "check/packets").verdict == "fail"


def test_frames_that_an_edit_list_hides_are_not_missing(clean: Probe) -> None:
    assert one(replace(clean, frames=86, hidden_frames=10), "check/packets").verdict == "pass"


@pytest.mark.parametrize(("name", "shown"), [("edit_ends", 84), ("edit_ends_early", 36)])
def test_a_whole_file_whose_edit_list_ends_before_it_does_lacks_nothing(
    name: str, shown: int, samples: Samples, readers: dict[str, Tools]
) -> None:
    for reader, tools in readers.items():
        verdicts = judged(samples[name], tools, Expectation(seconds=shown / 24)).values()
        assert [verdict.message for verdict in verdicts if verdict.verdict != "pass"] == [], reader


def test_a_file_that_lacks_its_end_is_told_although_its_edit_list_ends_before(
    samples: Samples, readers: dict[str, Tools], tmp_path: Path
) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(samples["edit_ends_early"].read_bytes()[:-4096])
    for reader, tools in readers.items():
        assert judged(path, tools)["check/packets"].verdict == "fail", reader


def test_the_first_complaints_of_the_decoder_are_quoted(clean: Probe) -> None:
    verdict = one(
        clean, "check/decode", decoding=Decoding(complaints=("error while decoding MB 3 7", "second", "third"))
    )
    assert verdict.verdict == "warn"
    assert "error while decoding MB 3 7; second" in verdict.message


def test_the_worst_verdict_counts(clean: Probe) -> None:
    assert worst(()) == "pass"
    assert worst(judge(replace(clean, rotation=90), Expectation())) == "warn"
    assert worst(judge(replace(clean, rotation=90, constant_rate=False), Expectation())) == "fail"


def test_decoding_can_start_late(samples: Samples, tools: Tools) -> None:
    assert asyncio.run(decode_errors(samples["bit_rot"], tools)).complaints
    assert asyncio.run(decode_errors(samples["clean"], tools, start=3.0)) == Decoding(pictures=24, start=3.0)
    assert asyncio.run(decode_errors(samples["clean"], tools, start=30.0)).complaints == ()


@pytest.mark.parametrize("start", [0.0, 1.0, 2.02, 2.5])
@pytest.mark.parametrize(
    "name", ["clean", "open_gop", "matroska", "audio_late", "vfr", "edit_list", "edit_ends", "edit_ends_early"]
)
def test_no_picture_of_a_whole_file_is_missed_wherever_decoding_starts(
    name: str, start: float, samples: Samples, tools: Tools
) -> None:
    async def decoded() -> Verdict:
        facts, found = await probe(samples[name], tools), await decode_errors(samples[name], tools, start=start)
        return one(facts, "check/decode", decoding=found)

    assert "come out" not in asyncio.run(decoded()).measured


@pytest.mark.parametrize(("pictures", "grade"), [(96, "pass"), (97, "pass"), (95, "warn"), (94, "warn"), (93, "fail")])
def test_pictures_that_do_not_come_out_fail_beyond_what_a_decoder_conceals(
    clean: Probe, pictures: int, grade: str
) -> None:
    verdict = one(clean, "check/decode", decoding=Decoding(pictures=pictures))
    assert verdict.verdict == grade
    if grade == "fail":
        assert verdict.message.startswith("decoding: 3 of 96 pictures do not come out")


def test_a_new_part_that_does_not_decode_fails(samples: Samples, tools: Tools) -> None:
    found = asyncio.run(decode_errors(samples["half_ruined"], tools, start=2.5))
    facts = asyncio.run(probe(samples["half_ruined"], tools))
    assert one(facts, "check/decode", decoding=found).verdict == "fail"


def test_what_our_own_output_says_is_no_fault_of_the_file() -> None:
    said = [
        "[null @ 0x5] [error] Application provided invalid, non monotonically increasing dts to muxer in stream 0",
        "[out#0/null @ 0x5] [error] Error submitting a packet to the muxer",
        "[h264 @ 0x55d0] [error] error while decoding MB 3 7",
        "[h264 @ 0x55d0] [verbose] Reinit context",
    ]
    assert complaints(error_lines(said)) == ("[h264] error while decoding MB 3 7",)


def test_complaints_are_few_and_each_is_said_once(samples: Samples, tools: Tools) -> None:
    said = asyncio.run(decode_errors(samples["bit_rot"], tools)).complaints
    assert len(said) == len(set(said)) <= 20
    assert not any("0x" in line.partition("]")[0] for line in said)


def test_of_many_complaints_only_the_first_are_kept() -> None:
    said = ["[h264 @ 0x55d0] broken", "[h264 @ 0x77aa] broken", "    Last message repeated 3 times", ""]
    assert complaints([*said, *(f"line {number}" for number in range(50))]) == (
        "[h264] broken",
        *(f"line {number}" for number in range(19)),
    )


def test_a_file_that_cannot_be_decoded_at_all_is_complained_of(samples: Samples, tools: Tools) -> None:
    assert asyncio.run(decode_errors(samples["noise"], tools)).complaints


def test_decoding_has_a_deadline(samples: Samples, tools: Tools) -> None:
    with pytest.raises(ToolTimedOut):
        asyncio.run(decode_errors(samples["clean"], tools, seconds=0.0))


def test_a_long_film_may_take_longer_to_decode(samples: Samples, tools: Tools) -> None:
    assert asyncio.run(decode_errors(samples["clean"], tools, seconds=0.0, length=150.0)).pictures == 96
    assert decoding_deadline(600.0, 100.0) == 600.0
