"""The file stage over many files: in this process for few, over several for many."""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from cnlint.engine import file_stage
from cnlint.engine.discover import Candidate
from cnlint.engine.dispatch import Dispatcher
from cnlint.engine.file_stage import FileStage
from cnlint.engine.results import FileResult

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

MIN_FILES_FOR_PROCESSES = 64
"""Below this a second process costs more than it saves (measured: break-even at 40 to 100 files)."""
_CHUNK = 32

_dispatcher: Dispatcher | None = None
_stage: FileStage | None = None


def check_files(
    candidates: Sequence[Candidate],
    stage: FileStage,
    jobs: int,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[FileResult]:
    """Run the file stage on files; results come in any order."""
    if jobs > 1 and len(candidates) >= MIN_FILES_FOR_PROCESSES:
        results = _in_processes(candidates, stage, jobs)
    else:
        results = _in_this_process(candidates, stage)
    for done, result in enumerate(results, start=1):
        yield result
        if progress is not None:
            progress(done, len(candidates))


def check_file(candidate: Candidate, stage: FileStage, dispatcher: Dispatcher) -> FileResult:
    """Run the file stage on one file."""
    data = file_stage.read_file(candidate, stage)
    if isinstance(data, FileResult):
        return data
    return file_stage.check_data(candidate, data, stage, dispatcher)


def _in_this_process(candidates: Sequence[Candidate], stage: FileStage) -> Iterator[FileResult]:
    dispatcher = stage.dispatcher()
    for candidate in candidates:
        yield check_file(candidate, stage, dispatcher)


def _in_processes(candidates: Sequence[Candidate], stage: FileStage, jobs: int) -> Iterator[FileResult]:
    from concurrent.futures import ProcessPoolExecutor

    # Files of one kind stand together in the sorted order and differ in cost: small chunks even the load out.
    chunks = [candidates[start : start + _CHUNK] for start in range(0, len(candidates), _CHUNK)]
    with ProcessPoolExecutor(
        min(jobs, len(chunks)), _process_context(), initializer=_start_worker, initargs=(stage,)
    ) as executor:
        for results in executor.map(_check_chunk, chunks):
            yield from results


def _process_context() -> "BaseContext":
    """Fork where no other thread could hold a lock, which starts in milliseconds; else spawn."""
    import multiprocessing
    import threading

    if sys.platform == "linux" and threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


def _start_worker(stage: FileStage) -> None:
    global _dispatcher, _stage
    _stage, _dispatcher = stage, stage.dispatcher()


def _check_chunk(candidates: Sequence[Candidate]) -> list[FileResult]:
    assert _stage is not None and _dispatcher is not None, "the worker was started"
    return [check_file(candidate, _stage, _dispatcher) for candidate in candidates]
