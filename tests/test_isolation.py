"""Hostile and broken files: each costs one sentence with its name, none stops the others, none reaches this process."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from odd_files import BROKEN, LETTER, docx, mutate, pdf, seeds, web, write_broken
from soak import DEFECTS, outcomes

from corpus import isolation
from corpus.isolation import decision_of, decisions
from corpus.kinds import Unreadable
from corpus.parse import decision_from
from index.errors import UsageError
from index.files import files_of, fingerprint

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def hasty():
    """Readers that give up after a second of processor time or three of waiting."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolation, "_LIMITS", ("1", "3"))
        isolation._idle.cache_clear()
        yield
        isolation._idle.cache_clear()


def test_a_child_reads_what_we_would_read(tmp_path):
    (tmp_path / "a.txt").write_text(LETTER)
    assert decision_of(tmp_path / "a.txt") == decision_from(tmp_path / "a.txt")


def test_files_come_back_in_their_order_whatever_they_hold(tmp_path):
    paths = [tmp_path / f"{n}.txt" for n in range(30)]
    for n, path in enumerate(paths):
        path.write_text(LETTER if n % 3 else "")
    found = list(decisions(paths))
    assert [path for path, _ in found] == paths
    assert [isinstance(f, Unreadable) for _, f in found] == [n % 3 == 0 for n in range(30)]


def test_the_reading_process_imports_nothing_that_maps_gigabytes():
    heavy = ("torch", "faiss", "transformers", "tensorflow")
    check = f"import sys, corpus.nursery, corpus.office as o; o.warm(); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def supervised(work: str, wall: int = 2) -> dict:
    """What a nursery answers for a file whose reading is `work`."""
    script = (
        "import os, time, corpus.nursery as n\n"
        f"n.CPU_SECONDS, n.WALL_SECONDS = 1, {wall}\n"
        f"def work(request, tick):\n    {work}\n"
        "n._work = work\n"
        "r, w = os.pipe(); os.dup2(r, 0)\n"
        "print(n._supervise({'path': 'a'}).decode())"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("work", "said"),
    [
        ("while True: pass", "processor time"),
        ("time.sleep(60)", "more than 2 seconds"),
        ("x = bytearray(2_000_000_000); x[::4096] = x[::4096]", "MB of memory"),
        ("os.abort()", "crashed on it (SIGABRT)"),
        ("os.kill(os.getpid(), 9)", "killed"),
        ("os.system('sleep 60')", "more than 2 seconds"),
        ("raise KeyError('x')", "please report it"),
        ("work(request, tick)", "nested too deeply"),
        ("return {'text': 'x' * 70_000_000}", "bytes"),
        ("import tempfile; tempfile.TemporaryFile(buffering=0).write(b'x')", "please report it"),
    ],
)
def test_whatever_a_reader_does_is_one_sentence(work, said):
    assert said in supervised(work, wall=60 if said == "processor time" else 2)["failed"]


def test_a_slow_scan_that_gives_signs_of_life_may_take_longer():
    work = "[(time.sleep(0.4), tick()) for _ in range(4)]; return {'done': 1}"
    assert supervised(work, wall=1) == {"done": 1}


def test_a_caller_who_leaves_waits_for_nobody(tmp_path):
    (tmp_path / "slow.html").write_bytes(BROKEN["attributes.html"][0])
    (tmp_path / "a.txt").write_text(LETTER)
    started = time.monotonic()
    found = decisions([tmp_path / "a.txt", *[tmp_path / "slow.html"] * 20], 2)
    next(found)
    found.close()
    assert time.monotonic() - started < 10


def test_readers_end_with_the_process_that_asked(tmp_path):
    (tmp_path / "a.txt").write_text(LETTER)
    script = (
        "import os, sys; from pathlib import Path; from corpus import isolation as i\n"
        f"i.decision_of(Path({str(tmp_path / 'a.txt')!r}))\n"
        "print(i._idle(os.getpid()).queue[0]._process.pid, flush=True); os._exit(9)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    child = Path("/proc", done.stdout.strip())
    for _ in range(100):
        if not child.exists() or "Z" in (child / "stat").read_text().rsplit(")", 1)[1][:3]:
            return
        time.sleep(0.05)
    pytest.fail("the reading process is still there")


@pytest.mark.slow
def test_forty_broken_files_stop_none_of_five_good_ones(tmp_path, hasty):
    folder, outside = tmp_path / "letters", tmp_path / "outside.pdf"
    folder.mkdir()
    outside.write_bytes(pdf(LETTER))
    broken = write_broken(folder, outside)
    good = {"g.pdf": pdf(LETTER), "g.docx": docx(LETTER), "g.html": web(LETTER), "g.txt": b"One.", "h.txt": b"Two."}
    for name, data in good.items():
        (folder / name).write_bytes(data)
    before = _high_water()
    read, refused = _taken(folder)
    assert len(BROKEN) == 20 and len(broken) == 45
    assert read == set(good) and set(refused) == broken
    assert all(4 < len(reason) < 600 and "\n" not in reason for reason in refused.values())
    assert not {name: reason for name, reason in refused.items() if any(defect in reason for defect in DEFECTS)}
    assert _high_water() - before < 100_000_000


def _taken(folder: Path) -> tuple[set[str], dict[str, str]]:
    """Names read, and names refused with their reasons, as ingest does it."""
    read, refused, paths = set(), {}, []
    for file in files_of([folder]):
        try:
            if file.refused:
                raise Unreadable(file.refused)
            fingerprint(file.path)
            paths.append(file.path)
        except Unreadable as error:
            refused[file.path.name] = str(error)
    for path, found in decisions(paths):
        if isinstance(found, Unreadable):
            refused[path.name] = str(found)
        else:
            read.add(path.name)
    return read, refused


def _high_water() -> int:
    """The most memory this process has held."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@pytest.mark.slow
def test_mutated_files_are_read_or_refused(tmp_path, hasty):
    found = dict(outcomes(tmp_path, 100, seed=20))
    assert len(found) == 100
    assert not {path.name: said for path, said in found.items() if any(defect in said for defect in DEFECTS)}


def test_mutants_are_the_same_for_the_same_seed():
    one, other = (mutate(random.Random(3), seeds()["a.pdf"]) for _ in range(2))
    assert one == other


@pytest.mark.parametrize(
    "name",
    ["-rf.txt", "a b.txt", "CON.txt", "\u202eevil.txt", "😀.txt", "new\nline.txt", "%s{x}.txt", "a" * 240, "'.txt"],
)
def test_odd_names_are_names(tmp_path, name):
    (tmp_path / name).write_text(LETTER)
    assert decision_of(tmp_path / name).source == name


def test_a_name_that_is_not_unicode_is_refused(tmp_path):
    with open(os.fsencode(tmp_path) + b"/\xff.txt", "w") as file:
        file.write(LETTER)
    assert [f.refused for f in files_of([tmp_path])] == ["its name is not valid Unicode; rename it"]


@pytest.mark.parametrize("name", ["missing.txt", "a" * 400, "nul\0.txt"])
def test_a_path_that_is_not_there_is_a_usage_error(tmp_path, name):
    with pytest.raises(UsageError):
        list(files_of([tmp_path / name]))


def test_pipes_and_devices_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(Unreadable):
            fingerprint(path)
        with pytest.raises(Unreadable):
            decision_of(path)


def test_a_folder_gives_its_letters_and_tables_and_leaves_the_rest(tmp_path):
    for name in ("a.txt", "b.PDF", ".hidden", "~$a.docx", "notes.md", "gold.jsonl", "x.csv"):
        (tmp_path / name).write_text("words, more\n")
    (tmp_path / "reviews.csv").write_text("ID,Findings,Determination\n1,x,Upheld\n")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "c.txt").write_text("words")
    assert {f.path.name for f in files_of([tmp_path])} == {"a.txt", "b.PDF", "reviews.csv"}
    (tmp_path / "only").mkdir()
    with pytest.raises(UsageError, match="no documents"):
        list(files_of([tmp_path / "only"]))


def test_a_link_inside_the_folder_is_followed_once(tmp_path):
    (tmp_path / "a.txt").write_text(LETTER)
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    assert [f.refused for f in files_of([tmp_path, tmp_path / "a.txt"])] == ["", ""]
