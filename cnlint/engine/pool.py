"""The file stage over many files: in this process for few, over several for many."""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from cnlint.engine import file_stage
from cnlint.engine.discover import Candidate
from cnlint.engine.dispatch import Dispatcher, tool_finding
from cnlint.engine.file_stage import FileStage
from cnlint.engine.results import FileResult
from cnlint.findings import Place
from cnlint.syntax.source import Span

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.context import BaseContext

MIN_FILES_FOR_PROCESSES = 64
"""Below this a second process costs more than it saves (measured: break-even at 40 to 100 files)."""
_CHUNK = 32
_FILE_START = Span(1, 1, 1, 1)

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
        results = _in_this_process(candidates, stage, jobs)
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


def check_text(candidate: Candidate, data: bytes, stage: FileStage, jobs: int) -> FileResult:
    """Run the file stage on a text that stands in no file."""
    dispatcher = stage.dispatcher()
    result = file_stage.check_data(candidate, data, stage, dispatcher)
    _complete([result], stage, dispatcher, jobs)
    return result


def _in_this_process(candidates: Sequence[Candidate], stage: FileStage, jobs: int) -> Iterator[FileResult]:
    dispatcher = stage.dispatcher()
    # Only what is done for several files at once has to wait for them.
    batch = 1 if stage.shellcheck is None else _CHUNK
    for start in range(0, len(candidates), batch):
        results = [check_file(candidate, stage, dispatcher) for candidate in candidates[start : start + batch]]
        _complete(results, stage, dispatcher, jobs)
        yield from results


def _complete(results: Sequence[FileResult], stage: FileStage, dispatcher: Dispatcher, jobs: int) -> None:
    """Do what is done for several files at once."""
    if stage.shellcheck is not None:
        from cnlint.engine.shellcheck import complete

        complete(results, stage.shellcheck, dispatcher, jobs)


def _in_processes(candidates: Sequence[Candidate], stage: FileStage, jobs: int) -> Iterator[FileResult]:
    from concurrent.futures.process import BrokenProcessPool

    # Files of one kind stand together in the sorted order and differ in cost: small chunks even the load out.
    chunks = [candidates[start : start + _CHUNK] for start in range(0, len(candidates), _CHUNK)]
    lost: list[Candidate] = []
    try:
        processes = _executor(stage, min(jobs, len(chunks)))
    except (ImportError, NotImplementedError, OSError):
        # Some sandboxes have no semaphores or no shared memory.
        yield from _in_this_process(candidates, stage, jobs)
        return
    with processes as executor:
        futures = [executor.submit(_check_chunk, chunk) for chunk in chunks]
        for future, chunk in zip(futures, chunks, strict=True):
            try:
                yield from future.result()
            except BrokenProcessPool:
                lost.extend(chunk)
    while lost:
        yield from _until_a_process_dies(lost, stage)


def _until_a_process_dies(candidates: list[Candidate], stage: FileStage) -> Iterator[FileResult]:
    """Check files one at a time in another process, taking them off the list, and report the one that kills it."""
    from concurrent.futures.process import BrokenProcessPool

    with _executor(stage, 1) as executor:
        while candidates:
            candidate = candidates.pop(0)
            try:
                yield from executor.submit(_check_chunk, [candidate]).result()
            except BrokenProcessPool:
                message = "the process that checked the file died, which memory that runs out may have caused"
                finding = tool_finding("CNL003", Place(candidate.path, _FILE_START), message)
                yield FileResult(candidate.path, candidate.kind, "not checked", [finding], failed=True)
                return


def _executor(stage: FileStage, jobs: int) -> "ProcessPoolExecutor":
    from concurrent.futures import ProcessPoolExecutor

    return ProcessPoolExecutor(jobs, _process_context(), initializer=_start_worker, initargs=(stage,))


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
    results = [check_file(candidate, _stage, _dispatcher) for candidate in candidates]
    _complete(results, _stage, _dispatcher, jobs=1)
    return results
