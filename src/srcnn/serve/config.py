"""What decides how a service runs."""

from __future__ import annotations

from dataclasses import dataclass

from srcnn.errors import OptionError
from srcnn.methods.base import Engine

LOCAL = ("127.0.0.1", "localhost", "::1")
MEGABYTE, MILLION = 1_000_000, 1_000_000


@dataclass(frozen=True, kw_only=True)
class ServeConfig:
    """Where a service listens, whom it answers, and how much it takes upon itself.

    Attributes
    ----------
    host : str
        Address to listen on.
    port : int
        0 for any that is free.
    token : str, optional
        What requests must bring as ``Authorization: Bearer TOKEN``.
    places : int
        Requests that are accepted at once, from the first byte of an image to the last byte of its result.
    max_body : int
        Bytes of a request.
    max_pixels, max_result : int
        Pixels of an image, and of its result in all frames.
    time_limit : float
        Seconds that the upload of an image, or the work on it, may take.
    stall : float
        Seconds without a byte after which a client counts as gone.
    grace : float
        Seconds that requests have to end once the service is told to stop.
    threads, engine, device : int, str, str
        As `srcnn.upscale` takes them.
    models : tuple of str
        Models that are offered beside `srcnn.serve.models.usual`.
    origins : tuple of str
        Other websites whose pages may use the service, such as ``https://example.org``.
    hosts : tuple of str
        Names that the service answers to beside those of this machine; without any, and where other machines reach it,
        it answers to every name.
    proxy : str
        Address of a proxy that is trusted to say for whom it asks; empty for none.
    """

    host: str = LOCAL[0]
    port: int = 8000
    token: str | None = None
    places: int = 32
    max_body: int = 64 * MEGABYTE
    max_pixels: int = 50 * MILLION
    max_result: int = 200 * MILLION
    time_limit: float = 300.0
    stall: float = 30.0
    grace: float = 30.0
    threads: int | None = None
    engine: Engine = "auto"
    device: str = "auto"
    models: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    proxy: str = ""

    def __post_init__(self) -> None:
        if self.token is not None and (not self.token.isascii() or not self.token.isprintable() or len(self.token) < 8):
            raise OptionError("the token must have at least 8 characters, all of them ASCII")
        if self.token is not None and self.token != self.token.strip():
            raise OptionError("the token must not begin or end with a space, which HTTP drops")
        for origin in self.origins:
            if not origin.lower().startswith(("http://", "https://")) or origin.count("/") != 2:
                raise OptionError(f"an origin is written as https://example.org, without a path, got {origin!r}")

    @property
    def local(self) -> bool:
        """Whether only programs of this machine can reach the service."""
        return self.host in LOCAL

    @property
    def accepted_hosts(self) -> tuple[str, ...]:
        """The names that the service answers to, in small letters; empty for any.

        Those of this machine are always among them: a page cannot take them, and health checks ask by them.
        """
        return (*LOCAL, *(name.lower() for name in self.hosts)) if self.local or self.hosts else ()

    @property
    def accepted_origins(self) -> tuple[str, ...]:
        """The other websites whose pages may use the service, in small letters, as browsers write them."""
        return tuple(origin.lower() for origin in self.origins)
