"""Build backend of the tiny project in test_install.py: makes wheels without a network, and can be held half-way."""

import time
import zipfile
from pathlib import Path


def write_wheel(folder: Path, name: str, files: dict[str, str]) -> str:
    """Write version 1 of `name`, a pure Python wheel holding `files`, into `folder`; returns its file name."""
    file = f"{name}-1-py3-none-any.whl"
    metadata = f"{name}-1.dist-info"
    with zipfile.ZipFile(folder / file, "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        wheel.writestr(f"{metadata}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        wheel.writestr(f"{metadata}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{metadata}/RECORD", "")
    return file


def build_editable(wheel_directory: str, config_settings=None, metadata_directory=None) -> str:
    """PEP 660. While a file `hold` stands in the project, wait, having said so with a file `held`."""
    while Path("hold").exists():
        Path("held").touch()
        time.sleep(0.02)
    return write_wheel(Path(wheel_directory), "tiny", {"tiny.pth": str(Path.cwd())})
