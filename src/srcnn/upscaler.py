"""Upscale many images in memory: a model that stays open, and the next image read while one is computed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, cast, overload

from srcnn import options
from srcnn.errors import CancelledError, OptionError, SrcnnError
from srcnn.files.io import read_image
from srcnn.files.picture import Picture
from srcnn.files.sources import Source, is_source
from srcnn.methods.base import Engine, Options, check_options
from srcnn.methods.kept import KeptMethods
from srcnn.upscale import MODEL, Settings, Wishes, check_settings, upscale_by

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import NDArray
    from PIL.Image import Image as PilImage

T = TypeVar("T", bound="NDArray[Any] | PilImage | Picture")


class Upscaler:
    """A model that stays open between images.

    It can be called from several threads at once, and holds its networks until it is closed.
    `srcnn.upscale` keeps what it opened last, too, for the whole process; an `Upscaler` has its own, and an end.

    Parameters
    ----------
    model : str or path
        As `srcnn.upscale` takes it, and so are the others.
    threads : int, optional
        Of every call: of four calls at once each has as many.
    engine, device : str
        What runs a network, and where.
    tile : int, optional
        Pixels a side of the part that is in work at once.

    Raises
    ------
    OptionError
        If there is no such model or device, or a setting makes no sense.
    WeightsError
        If the model's file is missing or damaged.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> with srcnn.Upscaler("fast") as upscaler:
    ...     small = upscaler(np.zeros((10, 12), np.uint8), 2)
    ...     large = upscaler(np.zeros((10, 12, 3), np.uint8), 4)
    >>> small.shape, large.shape
    ((20, 24), (40, 48, 3))
    """

    def __init__(
        self,
        model: str | os.PathLike[str] = MODEL,
        *,
        threads: int | None = None,
        engine: Engine = "auto",
        device: str = "auto",
        tile: int | None = None,
    ) -> None:
        self._options = check_options(Options(threads=threads, engine=engine, device=device, tile=tile))
        check_settings(model)
        self._model = model
        self._methods: KeptMethods | None = KeptMethods()

    @overload
    def __call__(self, image: T, scale: float | None = None, **wishes: Unpack[Wishes]) -> T: ...
    @overload
    def __call__(self, image: Source, scale: float | None = None, **wishes: Unpack[Wishes]) -> Picture: ...
    def __call__(self, image: Any, scale: float | None = None, **wishes: Unpack[Wishes]) -> Any:
        """Upscale an image.

        Parameters
        ----------
        image, scale
            As `srcnn.upscale` takes them.
        wishes
            ``size``, ``width``, ``height``, ``noise``, ``jpeg_quality``, ``on_progress`` and ``cancel``, as
            `srcnn.upscale` takes them.

        Returns
        -------
        same type as the argument
            A `Picture` for a file.

        Raises
        ------
        SrcnnError
            As `srcnn.upscale`.
        OptionError
            If it is closed.
        """
        methods = self._methods
        if methods is None:
            raise OptionError("this Upscaler is closed; make another one")
        return upscale_by(methods, image, scale, self._model, options=self._options, **wishes)

    @overload
    def many(
        self,
        images: Iterable[T],
        scale: float | None = None,
        *,
        on_error: OnError | None = None,
        **wishes: Unpack[Wishes],
    ) -> Iterator[T]: ...
    @overload
    def many(
        self,
        images: Iterable[Source],
        scale: float | None = None,
        *,
        on_error: OnError | None = None,
        **wishes: Unpack[Wishes],
    ) -> Iterator[Picture]: ...
    def many(
        self,
        images: Iterable[Any],
        scale: float | None = None,
        *,
        on_error: OnError | None = None,
        **wishes: Unpack[Wishes],
    ) -> Iterator[Any]:
        """Upscale images one after the other; a file is read while the image before it is computed.

        Parameters
        ----------
        images : iterable
            Taken one by one as they are needed, one ahead.
        scale : float, optional
            As for one image.
        on_error : callable, optional
            ``on_error(image, error)`` is told of an image that fails, which is then left out.
            Without it the first error is raised and ends the work.
        wishes
            As for one image.

        Returns
        -------
        iterator of the same type as the images
            In their order.

        Raises
        ------
        SrcnnError
            As for one image.
        """
        options.function("on_error", on_error)
        if is_source(images) or not isinstance(images, Iterable):
            what = "one file" if is_source(images) else options.shown(images)
            raise OptionError(f"images must be several, as in a list, got {what}; for one there is srcnn.upscale")
        with ThreadPoolExecutor(1, thread_name_prefix="srcnn-read") as reader:
            coming = (reader.submit(_read, image) for image in images)
            following = next(coming, None)
            while following is not None:
                read, following = following.result(), next(coming, None)
                try:
                    if isinstance(read.image, SrcnnError):
                        raise read.image
                    made = self(read.image, scale, **wishes)
                except CancelledError:
                    raise
                except SrcnnError as error:
                    if on_error is None:
                        raise
                    on_error(read.given, error)
                else:
                    yield made

    def close(self) -> None:
        """Let go of the networks; calls that are at work end as usual, later ones are refused."""
        methods, self._methods = self._methods, None
        if methods is not None:
            methods.close()

    def __enter__(self) -> Upscaler:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Upscaler({str(self._model)!r}{', closed' if self._methods is None else ''})"


OnError = Callable[[Any, SrcnnError], None]
"""Told of an image as it was given, and why it failed."""


class _Read:
    """An image as it was given, and what was read of it: an image, or the error."""

    def __init__(self, given: Any, image: Any) -> None:
        self.given = given
        self.image = image


def _read(given: Any) -> _Read:
    if not is_source(given):
        return _Read(given, given)
    try:
        return _Read(given, read_image(given))
    except SrcnnError as error:
        return _Read(given, error)


@overload
def upscale_many(
    images: Iterable[T],
    scale: float | None = None,
    model: str | os.PathLike[str] = MODEL,
    *,
    on_error: OnError | None = None,
    **settings: Unpack[Settings],
) -> Iterator[T]: ...
@overload
def upscale_many(
    images: Iterable[Source],
    scale: float | None = None,
    model: str | os.PathLike[str] = MODEL,
    *,
    on_error: OnError | None = None,
    **settings: Unpack[Settings],
) -> Iterator[Picture]: ...
def upscale_many(
    images: Iterable[Any],
    scale: float | None = None,
    model: str | os.PathLike[str] = MODEL,
    *,
    on_error: OnError | None = None,
    **settings: Unpack[Settings],
) -> Iterator[Any]:
    """Upscale images one after the other; a file is read while the image before it is computed.

    Parameters
    ----------
    images : iterable
        Each as `srcnn.upscale` takes it, files too; taken one by one as they are needed, one ahead.
    scale, model : float, str or path
        As `srcnn.upscale` takes them, for all images.
    on_error : callable, optional
        ``on_error(image, error)`` is told of an image that fails, which is then left out.
        Without it the first error is raised and ends the work.
    settings
        All that `srcnn.upscale` takes by its name alone, for all images.

    Returns
    -------
    iterator of the same type as the images
        In their order; of `Picture` for files.

    Raises
    ------
    SrcnnError
        As `srcnn.upscale`.

    Examples
    --------
    >>> import numpy as np
    >>> import srcnn
    >>> images = [np.zeros((4, 5), np.uint8), np.zeros((6, 7, 3), np.uint8)]
    >>> [sr.shape for sr in srcnn.upscale_many(images, scale=2, model="fast")]
    [(8, 10), (12, 14, 3)]
    """
    own = {name: value for name, value in settings.items() if name in ("threads", "engine", "device", "tile")}
    wishes = cast(Wishes, {name: value for name, value in settings.items() if name not in own})
    with Upscaler(model, **cast(Any, own)) as upscaler:
        yield from upscaler.many(images, scale, on_error=on_error, **wishes)
