"""Hash every file of pipeline.lock.json again and name what differs. Standard library only: it runs on any machine.

python scripts/verify.py [FOLDER]    exit code: 0 all equal, 1 something differs, 2 no usable lock file
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path


def differences(root: Path, files: list[dict[str, str]]) -> list[str]:
    """One line per file that is missing, changed, or named outside of the repository."""
    found = []
    for entry in files:
        path = (root / entry["path"]).resolve()
        if not path.is_relative_to(root.resolve()):
            found.append(f"outside: {entry['path']}")
        elif not path.is_file():
            found.append(f"missing: {entry['path']}")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            found.append(f"changed: {entry['path']}")
    return found


def main(arguments: list[str]) -> int:
    root = Path(arguments[0]) if arguments else Path.cwd()
    try:
        files = json.loads((root / "pipeline.lock.json").read_text("utf-8"))["files"]
        found = differences(root, files)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"pipeline.lock.json cannot be used: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    for line in found:
        print(line)
    print(f"{len(files) - len(found)} of {len(files)} files as locked")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
