"""Holds the committed packages.json and splits.json to the rules of the splits, which are fixed for the whole project."""

from __future__ import annotations

import dataclasses
import re
import tempfile
import unittest
from collections import Counter, defaultdict
from pathlib import Path

from corpus.copies import COPIES, without_copies
from corpus.licences import normalise_expression
from corpus.manifest import (
    MAIN_LANGUAGES,
    Candidate,
    CandidatesError,
    Package,
    read_candidates,
    read_manifest,
    read_splits,
    write_manifest,
    write_splits,
)
from corpus.resolve import check_frozen

#: Packages of each main language that are held out.
TEST_PACKAGES, LEAST_DEV_PACKAGES = 20, 10
OTHER_LANGUAGES = ("rust", "c", "cpp", "csharp")

#: Held out and of one family with training packages all the same; each with the reason. Nothing may be added: choose another package.
KNOWN_EXCEPTIONS = {
    "npm:@tanstack/query-core": "frozen before this rule, while @tanstack/react-query of the same repository was in train; its text is not",
    "maven:org.apache.commons:commons-collections4": "each Apache Commons component has a repository of its own; frozen before this rule",
    "maven:org.apache.commons:commons-lang3": "each Apache Commons component has a repository of its own; frozen before this rule",
}


def family(package: Package) -> str:
    """What packages of one repository have in common, as far as their names tell: npm scope, Maven group, Go repository, a crate's first word."""
    name = package.name
    if package.ecosystem == "npm":
        name = name.split("/")[0]
    elif package.ecosystem == "maven":
        name = name.split(":")[0]
    elif package.ecosystem == "go":
        name = "/".join(name.split("/")[:3])
    elif package.ecosystem == "crates":
        name = re.split(r"[-_]", name)[0]
    elif package.ecosystem == "pypi":
        name = re.sub(r"[-_.]+", "-", name).lower()
    return f"{package.ecosystem}:{name}"


class ManifestTest(unittest.TestCase):
    packages = read_manifest()
    splits = read_splits()

    def test_entries_are_sound(self) -> None:
        for item in self.packages:
            self.assertRegex(item.sha256, r"^[0-9a-f]{64}$", item.repository)
            self.assertIsNotNone(normalise_expression(item.licence), item.repository)

    def test_no_package_twice(self) -> None:
        # Neither in two splits nor in two versions; PyPI takes "-" and "_" for one sign, npm and Go names are exact.
        count = Counter(re.sub(r"[-_.]+", "-", item.repository).lower() if item.ecosystem == "pypi" else item.repository for item in self.packages)
        self.assertEqual([name for name, times in count.items() if times > 1], [])
        archives = Counter(item.sha256 for item in self.packages)
        self.assertEqual([name for name, times in archives.items() if times > 1], [])

    def test_major_versions_of_one_go_module_stay_in_one_split(self) -> None:
        splits: dict[str, set[str]] = defaultdict(set)
        for item in self.packages:
            if item.ecosystem == "go":
                splits[re.sub(r"(?:/v\d+|\.v\d+)$", "", item.name)].add(item.split)
        self.assertEqual([name for name, found in splits.items() if len(found) > 1], [])

    def test_each_main_language_has_its_held_out_packages(self) -> None:
        for language in MAIN_LANGUAGES:
            self.assertEqual(len(self.splits["test"][language]), TEST_PACKAGES, language)
            self.assertGreaterEqual(len(self.splits["dev"][language]), LEAST_DEV_PACKAGES, language)

    def test_other_languages_have_some(self) -> None:
        for language in OTHER_LANGUAGES:
            for split in ("dev", "test"):
                self.assertTrue(self.splits[split].get(language), f"{language} {split}")

    def test_splits_file_agrees_with_the_manifest(self) -> None:
        for split in ("dev", "test"):
            names = [name for of_language in self.splits[split].values() for name in of_language]
            self.assertEqual(sorted(names), sorted(item.repository for item in self.packages if item.split == split))
        languages_of = {item.repository: item.languages for item in self.packages}
        for table in self.splits.values():
            for language, names in table.items():
                for name in names:
                    self.assertIn(language, languages_of[name], name)

    def test_no_held_out_package_is_of_a_training_repository(self) -> None:
        training = {family(item) for item in self.packages if item.split == "train"}
        found = {item.repository for item in self.packages if item.split != "train" and family(item) in training}
        self.assertEqual(found, set(KNOWN_EXCEPTIONS))

    def test_known_copies_are_excluded(self) -> None:
        found = {item.repository: item for item in self.packages}
        self.assertEqual([name for name in COPIES if without_copies(found[name]) != found[name]], [])

    def test_candidates_name_every_package_of_the_manifest(self) -> None:
        check_frozen({item.repository: item for item in self.packages}, read_candidates())
        names = {candidate.repository for candidate in read_candidates()}
        self.assertEqual([item.repository for item in self.packages if item.repository not in names], [])


class FrozenSplitsTest(unittest.TestCase):
    held_out = Package("pypi", "a", "1.0", "MIT", "test", "0" * 64, "test", ("python",))

    def test_a_package_never_changes_its_split(self) -> None:
        for split in ("train", "dev"):
            with self.assertRaisesRegex(CandidatesError, "never changes its split"):
                check_frozen({"pypi:a": self.held_out}, [Candidate("pypi", "a", None, split, ("python",))])
        trained = dataclasses.replace(self.held_out, split="train")
        with self.assertRaisesRegex(CandidatesError, "never changes its split"):
            check_frozen({"pypi:a": trained}, [Candidate("pypi", "a", None, "dev", ("python",))])

    def test_held_out_packages_stay_and_training_packages_may_go(self) -> None:
        with self.assertRaisesRegex(CandidatesError, "put it back"):
            check_frozen({"pypi:a": self.held_out}, [])
        check_frozen({"pypi:a": dataclasses.replace(self.held_out, split="train")}, [])

    def test_a_name_listed_twice_is_an_error(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "candidates.txt"
            path.write_text("[pypi test]\na b\n[pypi train]\nb\n")
            with self.assertRaisesRegex(CandidatesError, r"b is listed twice \(test and train\)"):
                read_candidates(path)
            path.write_text("[pypy test]\na\n")
            with self.assertRaisesRegex(CandidatesError, "no section"):
                read_candidates(path)

    def test_section_may_name_languages(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "candidates.txt"
            path.write_text("# Why\n[go train go typescript]\na/b\n[maven dev]\na:b:1.0\n")
            self.assertEqual(
                read_candidates(path),
                [Candidate("go", "a/b", None, "train", ("go", "typescript")), Candidate("maven", "a:b", "1.0", "dev", ("java",))],
            )

    def test_files_are_written_as_they_are_read(self) -> None:
        packages = [self.held_out, Package("debian", "c", "1:2-3", "MIT", "test", "1" * 64, "train", ("c",), ("tests/*",))]
        with tempfile.TemporaryDirectory() as folder:
            manifest, splits = Path(folder) / "packages.json", Path(folder) / "splits.json"
            write_manifest(packages, manifest)
            self.assertEqual(read_manifest(manifest), sorted(packages, key=lambda item: item.ecosystem))
            write_splits(packages, {"pypi:a": "python"}, splits)
            self.assertEqual(read_splits(splits), {"dev": {}, "test": {"python": ["pypi:a"]}})


if __name__ == "__main__":
    unittest.main()
