"""``srcnn doctor``: what is installed, where it can compute, and how fast."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from srcnn.benchmark.doctor import Diagnosis


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the same as JSON.")] = False,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0, max=60, help="Length of the speed test for each device and engine.")
    ] = 1.0,
) -> None:
    """Show versions, engines and devices with their speed, and where files are.

    The speed is that of the network alone, `fast` at x3, in megapixels of its result a second.
    Exit code 1: no device works.
    """
    import json
    from dataclasses import asdict

    from srcnn.benchmark.doctor import diagnose
    from srcnn.cli.reporting import result

    found = diagnose(seconds)
    result(json.dumps(asdict(found), indent=1) if as_json else _page(found))
    if all(checked.problem for checked in found.devices):
        raise typer.Exit(1)


def _page(found: "Diagnosis") -> str:
    from srcnn.cli.reporting import one_line
    from srcnn.text_table import aligned

    cores = found.machine["cores"]
    devices = [("device", "engine", "Mpixel/s", "")]
    for checked in found.devices:
        auto = checked.device == "cpu" and checked.engine == found.engine
        speed = "-" if checked.speed is None else f"{checked.speed:.1f}"
        devices.append((checked.device, checked.engine, speed, one_line(checked.problem) or ("auto" if auto else "")))
    parts = (
        f"{found.machine['system']}, {found.machine['processor']}, {cores} core{'' if cores == 1 else 's'}",
        aligned(list(found.versions.items()), left=(0, 1)),
        aligned(devices, left=(0, 1, 3)),
        aligned(list(found.files.items()), left=(0, 1)),
    )
    return "\n\n".join(parts)
