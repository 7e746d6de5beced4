"""Check the wheel and the sdist, and install each of them into an empty environment as a user does.

    python -m build --no-isolation
    python scripts/check_distributions.py dist
    python scripts/check_distributions.py dist --wheelhouse wheels     # without network: packages come from a folder

The environment belongs to the interpreter that runs the script, so run it once for each version of Python.
``python scripts/check_distributions.py dist --wheelhouse wheels --fetch`` fills the folder for this interpreter.
"""

import argparse
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LARGEST_WHEEL = 25_000_000  # bytes
BUILD = "hatchling>=1.25"  # as in pyproject.toml
SDIST_HOLDS = ("tests", "docs", "recipes", "examples", "scripts", "benchmarks", "src", "pyproject.toml", "LICENSE")


def main() -> None:
    """Check, then install and try both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dist", type=Path, help="folder with one wheel and one sdist")
    parser.add_argument("--wheelhouse", type=Path, help="folder of packages; nothing is fetched from elsewhere")
    parser.add_argument("--fetch", action="store_true", help="fill the wheelhouse, and do nothing else")
    args = parser.parse_args()
    wheel, sdist = (only(args.dist, pattern) for pattern in ("*.whl", "*.tar.gz"))
    if args.fetch:
        fetch(wheel, args.wheelhouse)
        return
    check_wheel(wheel)
    check_sdist(sdist)
    for distribution in (wheel, sdist):
        install_and_try(distribution, args.wheelhouse)


def only(folder: Path, pattern: str) -> Path:
    """The one file of a kind."""
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise SystemExit(f"{folder} must hold one {pattern}, and holds {len(found)}; empty it and build again")
    return found[0]


def fetch(wheel: Path, wheelhouse: Path) -> None:
    """Make wheels of what the wheel needs at run time, and of what builds the sdist."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", str(wheelhouse)]
    subprocess.run([*command, "--constraint", str(ROOT / "constraints.txt"), str(wheel), BUILD], check=True)
    (wheelhouse / wheel.name).unlink()


def check_wheel(wheel: Path) -> None:
    """Its size, and that it holds every file of the package and its licences."""
    size = wheel.stat().st_size
    if size > LARGEST_WHEEL:
        raise SystemExit(f"{wheel.name} has {size / 1e6:.1f} MB; at most {LARGEST_WHEEL / 1e6:.0f} are allowed")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    source = ROOT / "src"
    wanted = {
        path.relative_to(source).as_posix()
        for path in (source / "srcnn").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    missing = sorted(wanted - held)
    if missing:
        raise SystemExit(f"{wheel.name} lacks {missing[0]} and {len(missing) - 1} more")
    if not any(name.endswith(".dist-info/licenses/LICENSE") for name in held):
        raise SystemExit(f"{wheel.name} lacks the licence")
    print(f"{wheel.name}: {size / 1e6:.1f} MB, {len(held)} files")


def check_sdist(sdist: Path) -> None:
    """That it holds what it takes to build, test and document."""
    with tarfile.open(sdist) as archive:
        held = {Path(name).parts[1] for name in archive.getnames() if len(Path(name).parts) > 1}
    missing = [name for name in SDIST_HOLDS if name not in held]
    if missing:
        raise SystemExit(f"{sdist.name} lacks {', '.join(missing)}")
    print(f"{sdist.name}: {sdist.stat().st_size / 1e6:.1f} MB")


def install_and_try(distribution: Path, wheelhouse: Path | None) -> None:
    """Install it into an empty environment, and upscale an image from another folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder / "env", with_pip=True)
        scripts = folder / "env" / ("Scripts" if sys.platform == "win32" else "bin")
        python, srcnn = str(scripts / "python"), str(scripts / "srcnn")
        source = [] if wheelhouse is None else ["--no-index", "--find-links", str(wheelhouse.resolve())]
        run(folder, python, "-m", "pip", "install", "--quiet", *source, str(distribution.resolve()))
        run(folder, srcnn, "upscale", str(ROOT / "examples" / "cat.png"), "-s", "2", "-o", "cat.png")
        run(folder, srcnn, "score", "cat.png", "cat.png")
        run(folder, srcnn, "models")
        code = "import srcnn, sys; print(srcnn.__version__, srcnn.read_image('cat.png'), sys.version.split()[0])"
        said = run(folder, python, "-c", code)
    print(f"{distribution.name} installed and used: {said.strip()}")


def run(folder: Path, *command: str) -> str:
    """Run a command in a folder; what it printed."""
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main()
