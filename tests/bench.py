"""Runs every benchmark of tests/benchmarks, one after another because they measure time: `make bench`."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

from tests import benchmarks


def main() -> int:
    """Ends with 1 when a benchmark did, or when there is none."""
    names = sorted(
        module.name for module in pkgutil.iter_modules(benchmarks.__path__, prefix=f"{benchmarks.__name__}.")
    )
    failed = []
    for name in names:
        print(f"── {name.rpartition('.')[2]}", flush=True)
        if subprocess.run([sys.executable, "-m", name], check=False).returncode != 0:
            failed.append(name)
        print(flush=True)
    if failed:
        print(f"Failed or over their limit: {', '.join(failed)}")
    return 1 if failed or not names else 0


if __name__ == "__main__":
    sys.exit(main())
