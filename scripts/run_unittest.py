"""Runs every test_*.py under the working directory and writes how many passed and failed as JSON to the file named."""

from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path


def main(report: Path) -> None:
    suite = unittest.defaultTestLoader.discover(".", pattern="test_*.py")
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    # A test that was skipped has shown nothing; an unexpected success contradicts what the test says.
    failed = len(result.failures) + len(result.errors) + len(result.skipped) + len(result.unexpectedSuccesses)
    report.write_text(json.dumps({"passed": result.testsRun - failed, "failed": failed}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
