"""Draw the small pictures of lessons and of the gallery into app/player/static/images, light and dark: `make pictures`."""

from collections.abc import Iterator
from pathlib import Path

from app.experiment import Experiment
from app.handouts.colours import MODES, Mode
from app.handouts.picture import SMALL, png, telling
from app.player import STATIC
from lessons.gallery import gallery
from lessons.library import library

IMAGES = STATIC / "images"


def pictured() -> Iterator[tuple[str, Experiment]]:
    """What is drawn: the name of each picture, without its mode, and the experiment that it shows."""
    lessons, _ = library()
    for lesson in lessons:
        yield f"lessons/{lesson.slug}", telling(lesson.steps[0].stage.scenes)
    shown, _ = gallery()
    for one in shown:
        yield f"gallery/{one.slug}", one.scene or telling(one.stage.scenes)


def pictures() -> Iterator[tuple[Path, Experiment, Mode]]:
    """Each file, and what it shows in which mode."""
    for name, experiment in pictured():
        for mode in MODES:
            yield IMAGES / f"{name}-{mode}.png", experiment, mode


def main() -> None:
    """Draw all, and remove what belongs to nothing any more."""
    wanted = set()
    for path, experiment, mode in pictures():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(experiment, SMALL, mode))
        wanted.add(path)
    for path in {*IMAGES.glob("lessons/*.png"), *IMAGES.glob("gallery/*.png")} - wanted:
        path.unlink()


if __name__ == "__main__":
    main()
