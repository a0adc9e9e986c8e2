"""Bad input, each with what a person sees: a package that cannot be had, a wrong hash, odd encodings, a full disk, a killed worker, an interrupted
build. Nothing half-written is ever taken for whole."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zipfile
from pathlib import Path
from unittest import mock

from corpus import __main__ as command_line
from corpus import clients, filters
from corpus.build import BuildConfig, build
from corpus.clients import Download, Request
from corpus.clients.common import ClientFailure, ClientMissingError, in_batches, run
from corpus.extract import UnreadableArchiveError, extract_cached
from corpus.fetch import MissingPackagesError, WrongHashError, fetch
from corpus.files import CorpusError, DiskFullError, whole_file
from corpus.manifest import Package, hash_file
from corpus.pool import WorkerKilledError, map_in_workers
from corpus.prepare import Task, prepare

SOURCE = """import collections


def count_{name}(values):
    totals = collections.Counter()
    for value in values:
        totals[value.{name}] += value.amount
    return totals.most_common()
"""


def write_wheel(folder: Path, name: str, files: dict[str, bytes] | None = None, split: str = "train") -> Package:
    """A small package whose archive lies in `folder` as the cache has it."""
    wanted = Package("pypi", name, "1.0", "MIT", "test", "", split, ("python",))  # type: ignore[arg-type]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / wanted.archive_name
    with zipfile.ZipFile(path, "w") as wheel:
        for inner, content in (files or {f"{name}/main.py": SOURCE.replace("{name}", name).encode()}).items():
            wheel.writestr(zipfile.ZipInfo(inner), content)
    return dataclasses.replace(wanted, sha256=hash_file(path))


def no_space(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


class FolderTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def files_left(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())


class FetchTest(FolderTest):
    def test_packages_that_cannot_be_fetched_are_all_named_and_the_others_kept(self) -> None:
        served = write_wheel(self.folder / "served", "served")
        wanted = [served, *(dataclasses.replace(served, name=name) for name in ("gone", "lost"))]

        def download(ecosystem: str, requests: list[Request], folder: Path) -> dict[str, Download]:
            archive = folder / "served.whl"
            archive.write_bytes((self.folder / "served" / served.archive_name).read_bytes())
            return {"served": Download("1.0", archive)}

        with self.assertRaisesRegex(MissingPackagesError, r"2 packages cannot be fetched: pypi:gone 1\.0, pypi:lost 1\.0\. Check the network"):
            fetch(wanted, self.folder / "cache", download)
        self.assertTrue((self.folder / "cache" / "archives" / served.archive_name).exists())

    def test_wrong_hash_of_a_download_is_an_error_and_the_file_is_not_kept(self) -> None:
        wanted = write_wheel(self.folder / "served", "served")

        def download(ecosystem: str, requests: list[Request], folder: Path) -> dict[str, Download]:
            archive = folder / "served.whl"
            archive.write_bytes(b"something else")
            return {"served": Download("1.0", archive)}

        with self.assertRaisesRegex(WrongHashError, "sha256 is .* the manifest says .* nothing of it was kept"):
            fetch([wanted], self.folder / "cache", download)
        self.assertEqual(list((self.folder / "cache" / "archives").iterdir()), [])

    def test_wrong_hash_in_the_cache_is_an_error(self) -> None:
        wanted = write_wheel(self.folder / "archives", "served")
        (self.folder / "archives" / wanted.archive_name).write_bytes(b"half of the arch")
        with self.assertRaisesRegex(WrongHashError, "delete .* to download it again"):
            fetch([wanted], self.folder)

    def test_archive_that_cannot_be_read(self) -> None:
        wanted = write_wheel(self.folder / "archives", "broken")
        path = self.folder / "archives" / wanted.archive_name
        path.write_bytes(b"PK no zip at all")
        wanted = dataclasses.replace(wanted, sha256=hash_file(path))
        with self.assertRaisesRegex(UnreadableArchiveError, "cannot be read"):
            extract_cached(wanted, self.folder / "archives", self.folder)
        self.assertEqual(self.files_left(), [f"archives/{wanted.archive_name}"])

    def test_one_bad_name_does_not_spoil_its_batch(self) -> None:
        def client(batch: list[Request], folder: Path) -> dict[str, Download]:
            if any(request.name == "bad" for request in batch):
                raise ClientFailure("no such package")
            return {request.name: Download("1.0", folder / request.name) for request in batch}

        with contextlib.redirect_stderr(io.StringIO()) as said:
            found = in_batches(client, [Request(name, None) for name in ("a", "b", "bad", "c", "d")], self.folder)
        self.assertEqual(sorted(found), ["a", "b", "c", "d"])
        self.assertEqual(said.getvalue(), "  no archive for bad: no such package\n")

    def test_client_that_is_not_installed(self) -> None:
        with self.assertRaisesRegex(ClientMissingError, "no-such-client is not installed"):
            run(["no-such-client"], self.folder)

    def test_disk_full_in_a_client(self) -> None:
        with mock.patch.dict(clients.CLIENTS, {"pypi": no_space}), self.assertRaisesRegex(DiskFullError, "no space left"):
            clients.download("pypi", [], self.folder)


class EncodingTest(FolderTest):
    def test_byte_order_mark_is_cut(self) -> None:
        self.assertEqual(filters.normalise(b"\xef\xbb\xbfa = 1\r\n"), "a = 1\n")

    def test_utf_16_with_its_mark_is_read(self) -> None:
        for encoding in ("utf-16-le", "utf-16-be"):
            self.assertEqual(filters.normalise("\ufeffa = 'é'\r\n".encode(encoding)), "a = 'é'\n", encoding)

    def test_other_encodings_are_not_guessed_at(self) -> None:
        # Any bytes are valid Latin-1: a guess that is wrong would teach wrong characters.
        for raw in ("# Müller\n".encode("latin-1"), "# мир\n".encode("cp1251"), "a = 1\n".encode("utf-16-le"), b"\xff\xfe\x00", b"a\x00b"):
            self.assertIsNone(filters.normalise(raw), raw)

    def test_they_are_counted_and_the_rest_of_the_package_is_kept(self) -> None:
        text = SOURCE.replace("{name}", "größe")
        files = {"a/latin.py": text.encode("latin-1"), "a/utf16.py": text.encode("utf-16"), "a/utf8.py": text.encode("utf-8")}
        wanted = write_wheel(self.folder / "archives", "a", files)
        result = extract_cached(wanted, self.folder / "archives", self.folder)
        self.assertEqual(result.removed, [("python", "not UTF-8", 1, len(files["a/latin.py"]))])
        texts = [json.loads(line)["text"] for line in result.documents.read_text("utf-8").split("\n") if line]
        self.assertEqual(texts, [text, text])


class WholeFileTest(FolderTest):
    def test_disk_full_leaves_nothing_and_says_what_to_do(self) -> None:
        with mock.patch("corpus.files.os.fsync", no_space), self.assertRaisesRegex(DiskFullError, "no space left while writing .*a.jsonl.*Free some"):
            with whole_file(self.folder / "a.jsonl") as stream:
                stream.write(b"first half")
        self.assertEqual(self.files_left(), [])

    def test_interruption_leaves_the_file_of_before(self) -> None:
        (self.folder / "a.jsonl").write_bytes(b"before")
        with self.assertRaises(KeyboardInterrupt), whole_file(self.folder / "a.jsonl") as stream:
            stream.write(b"first half")
            raise KeyboardInterrupt
        self.assertEqual(self.files_left(), ["a.jsonl"])
        self.assertEqual((self.folder / "a.jsonl").read_bytes(), b"before")

    def test_other_errors_keep_their_own_message(self) -> None:
        with self.assertRaises(FileNotFoundError), whole_file(self.folder / "no" / "folder" / "a.jsonl"):
            self.fail("there is no such folder")


class BuildTest(FolderTest):
    def setUp(self) -> None:
        super().setUp()
        archives = self.folder / "archives"
        shared = {"shared/one.py": SOURCE.replace("{name}", "shared").encode()}
        self.packages = [
            write_wheel(archives, "alpha"),
            write_wheel(archives, "beta", {"beta/own.py": SOURCE.replace("{name}", "beta").encode()} | shared),
            write_wheel(archives, "gamma", {"gamma/own.py": SOURCE.replace("{name}", "gamma").replace("amount", "size").encode()} | shared, "test"),
            write_wheel(archives, "delta", {"delta/own.py": b"class Delta:\n" + b"    limit = 1\n" * 30}, "dev"),
        ]
        self.output = self.folder / "output"
        self.config = BuildConfig(self.folder, self.output, None, processes=1)

    def build(self) -> dict[str, object]:
        with contextlib.redirect_stdout(io.StringIO()):
            return build(self.config, self.packages)

    def documents(self, split: str) -> list[str]:
        lines = (self.output / f"{split}.jsonl").read_text("utf-8").split("\n")
        return [f"{entry['repository']}/{entry['path']}" for entry in map(json.loads, filter(None, lines))]

    def test_whole_build(self) -> None:
        statistics = self.build()
        self.assertEqual(self.documents("train"), ["pypi:alpha/alpha/main.py", "pypi:beta/beta/own.py"])
        self.assertEqual(self.documents("dev"), ["pypi:delta/delta/own.py"])
        # The file that beta repeats is in neither split.
        self.assertEqual(self.documents("test"), ["pypi:gamma/gamma/own.py"])
        self.assertEqual(statistics["repeated_in_training"], {"pypi:gamma": 1})
        for split, expected in statistics["sha256"].items():  # type: ignore[attr-defined]
            self.assertEqual(hashlib.sha256((self.output / f"{split}.jsonl").read_bytes()).hexdigest(), expected)

    def test_disk_full_at_the_end_leaves_no_statistics_and_the_next_build_is_whole(self) -> None:
        self.build()
        whole = {path.name: path.read_bytes() for path in self.output.iterdir()}
        with mock.patch("corpus.files.os.fsync", no_space), self.assertRaises(DiskFullError):
            self.build()
        self.assertNotIn("statistics.json", [path.name for path in self.output.iterdir()])
        self.assertEqual([path.name for path in self.output.iterdir() if "partial" in path.name], [])
        self.build()
        again = {path.name: path.read_bytes() for path in self.output.iterdir() if path.suffix == ".jsonl"}
        self.assertEqual(again, {name: content for name, content in whole.items() if name.endswith(".jsonl")})

    def test_remains_of_a_killed_build_are_not_taken_for_whole(self) -> None:
        self.build()
        whole = (self.output / "train.jsonl").read_bytes()
        # As kill -9 leaves them: half a file under a temporary name, and documents without the summary that vouches for them.
        for summary in self.folder.glob("documents/*/*.summary.json"):
            documents = summary.with_name(summary.name.replace(".summary.json", ".jsonl"))
            documents.write_bytes(documents.read_bytes()[:50])
            documents.with_name(f"{documents.name}.1.partial").write_bytes(b"{")
            summary.unlink()
        for facts in self.folder.glob("facts/*/*.npz"):
            facts.with_name(f"{facts.name}.1.partial").write_bytes(facts.read_bytes()[:50])
            facts.unlink()
        self.build()
        self.assertEqual((self.output / "train.jsonl").read_bytes(), whole)

    def test_the_command_line_says_it_in_one_line(self) -> None:
        arguments = ["corpus", "build", "--cache", str(self.folder), "--output", str(self.output), "--processes", "1"]
        (self.folder / "archives" / self.packages[0].archive_name).write_bytes(b"half")
        with mock.patch("sys.argv", arguments), mock.patch("corpus.build.read_manifest", lambda: self.packages):
            with contextlib.redirect_stdout(io.StringIO()), self.assertRaises(SystemExit) as end:
                command_line.main()
        self.assertRegex(str(end.exception), r"^corpus: pypi:alpha 1\.0: sha256 is [0-9a-f]+, the manifest says [0-9a-f]+; delete .*$")
        self.assertFalse((self.output / "statistics.json").exists())


def _tell_number_and_wait(path: Path) -> None:
    path.write_text(str(os.getpid()))
    time.sleep(600)


def _is_running(process: int) -> bool:
    """Whether there is such a process; one that has ended and that nobody waits for does not count."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _fail(message: str) -> None:
    raise DiskFullError(message)


class WorkerTest(FolderTest):
    def kill_worker(self) -> None:
        path = self.folder / "number"
        while not (path.exists() and path.read_text()):
            time.sleep(0.01)
        os.kill(int(path.read_text()), signal.SIGKILL)

    def test_killed_worker_ends_the_build_with_a_message(self) -> None:
        killer = threading.Thread(target=self.kill_worker)
        killer.start()
        with self.assertRaisesRegex(WorkerKilledError, "worker process was killed .* give the same command again"):
            list(map_in_workers(_tell_number_and_wait, [self.folder / "number", self.folder / "second"], 1))
        killer.join()

    def test_workers_end_when_the_build_is_killed(self) -> None:
        number = self.folder / "number"
        program = (
            "from pathlib import Path\nfrom corpus.pool import map_in_workers\nfrom corpus.test_robustness import _tell_number_and_wait\n"
            f"list(map_in_workers(_tell_number_and_wait, [Path({str(number)!r})], 1))\n"
        )
        with subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parents[1], stderr=subprocess.DEVNULL) as parent:
            while not (number.exists() and number.read_text()):
                time.sleep(0.01)
            parent.kill()
        worker = int(number.read_text())
        deadline = time.monotonic() + 60
        while _is_running(worker) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertFalse(_is_running(worker))

    def test_an_error_in_a_worker_keeps_its_message(self) -> None:
        with self.assertRaisesRegex(CorpusError, "no space left in a worker"):
            list(map_in_workers(_fail, ["no space left in a worker"], 1))

    def test_workers_get_all_they_need(self) -> None:
        wanted = write_wheel(self.folder / "archives", "alpha")
        (result,) = map_in_workers(prepare, [Task(wanted, self.folder / "archives", self.folder, None)], 1)
        facts = result.read()
        self.assertEqual([name for name, _, _ in facts.names], ["alpha/main.py"])
        self.assertEqual((len(facts.sketches), facts.contaminated.tolist()), (1, [False]))


if __name__ == "__main__":
    unittest.main()
