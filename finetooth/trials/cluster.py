"""Where trials run: a Dask cluster behind the standard library's `Executor`. The only file that knows distributed."""

import ast
import asyncio
import logging
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import dask
import distributed
from distributed.comm import connect
from distributed.scheduler import KilledWorker
from distributed.security import Security

from finetooth.config.tune import ClusterConfig
from finetooth.errors import InputError
from finetooth.models import interruption
from finetooth.models.threads import limit_threads
from finetooth.trials.inline_executor import cores

_RESUBMITS = 2
_HERE = "127.0.0.1:0"  # Dask serves its state without a password, by default to the whole network
_ANSWER = 15  # seconds that a scheduler has to answer
# One worker lost blames the one task that it ran, and none that was only queued there.
_SETTINGS = {
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.allowed-failures": 0,
    "distributed.worker.daemon": True,
    "distributed.admin.log-format": "%(message)s",
}


class DaskExecutor(Executor):
    """Runs calls on a Dask cluster; one whose worker was lost is submitted again, twice at most.

    `slots` is how many calls the cluster could run at once when it was opened. Calls in threads of this process run
    under the flag numbered `flag` (see `finetooth.models.interruption`), so that an interrupt ends those under way.
    """

    def __init__(self, client: Any, flag: int | None = None) -> None:
        self._client = client
        self._flag = flag
        self._inner = client.get_executor(pure=False)
        self.slots = max(1, sum(client.nthreads().values()))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run `fn(*args, **kwargs)` on a worker."""
        outer: Future[Any] = Future()
        if self._flag is not None:
            fn, args = interruption.run, (self._flag, fn, *args)
        self._send(outer, lambda: self._inner.submit(fn, *args, **kwargs), _RESUBMITS)
        return outer

    def _send(self, outer: "Future[Any]", send: Callable[[], "Future[Any]"], left: int) -> None:
        def settle(inner: "Future[Any]") -> None:
            if inner.cancelled():
                outer.cancel()
            error = None if inner.cancelled() else inner.exception()
            if isinstance(error, KilledWorker) and left > 0 and not outer.cancelled():
                self._send(outer, send, left - 1)
            elif not outer.set_running_or_notify_cancel():
                return  # whoever asked has gone
            elif error is not None:
                outer.set_exception(error)
            else:
                outer.set_result(inner.result())

        inner = send()
        outer.add_done_callback(lambda done: inner.cancel() if done.cancelled() else None)
        inner.add_done_callback(settle)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Forget the calls under way; the cluster is closed by whoever opened it."""
        self._inner.shutdown(wait=wait and not cancel_futures)


@contextmanager
def cluster(config: ClusterConfig, parallel: Literal["threads", "processes"]) -> Iterator[Executor]:
    """A local Dask cluster, or the running one that `config` names.

    `parallel` is the kind of local worker to use where `config` leaves it open. Raises `InputError` when a scheduler
    does not answer. Left by an interrupt, it does not wait for the fits under way.
    """
    limit_threads()  # the search computes here while trials run: BLAS must not spread over their cores
    logging.getLogger("distributed").setLevel(logging.ERROR)
    with dask.config.set(_SETTINGS):
        if (address := _address(config)) is not None:
            with _connected(address) as client:
                yield DaskExecutor(client)
            return
        workers = config.workers or cores()
        processes = config.processes if config.processes is not None else parallel == "processes"
        with _local(workers, processes=processes) as executor:
            yield executor


@contextmanager
def _local(workers: int, *, processes: bool) -> Iterator[Executor]:
    """Workers on this machine: processes of one thread each, or the threads of this process."""
    if processes:
        check_main_module()
    number = interruption.number()
    try:
        with (
            distributed.LocalCluster(
                n_workers=workers if processes else 1,
                threads_per_worker=1 if processes else workers,
                processes=processes,
                dashboard_address=_HERE,
                worker_dashboard_address=_HERE,
                memory_limit=0,
                silence_logs=logging.CRITICAL,
            ) as local,
            distributed.Client(local, set_as_default=False) as client,
            interruption.stoppable(number),
        ):
            yield DaskExecutor(client, None if processes else number)
    finally:
        interruption.forget(number)


def _address(config: ClusterConfig) -> str | None:
    """The scheduler to connect to: the one that is named, or Dask's own setting unless local workers are asked for."""
    if config.scheduler is not None or config.workers is not None:
        return config.scheduler
    standing: str | None = dask.config.get("scheduler-address", None)  # as DASK_SCHEDULER_ADDRESS in the environment
    return standing


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        with ThreadPoolExecutor(1) as pool:  # a thread of its own, since there may be an event loop in this one
            pool.submit(asyncio.run, _answer(address)).result()
        client = distributed.Client(address, timeout=_ANSWER, set_as_default=False)
    except Exception as error:  # noqa: BLE001 (what comes depends on what listens there instead of a scheduler)
        raise InputError(
            f"a Dask scheduler must answer at {address}; none did within {_ANSWER} s ({type(error).__name__}); "
            "start one with 'dask scheduler', or leave the address out to run on this machine."
        ) from None
    with client:
        yield client


async def _answer(address: str) -> None:
    """Shake hands with a scheduler: a client waits without end for a port that is open and says nothing."""
    options = Security().get_connection_args("client")
    comm = await asyncio.wait_for(connect(address, timeout=_ANSWER, **options), _ANSWER)
    await comm.close()


def check_main_module() -> None:
    """Raise `InputError` where the main file would start its own workers again in every worker.

    A session without a file, as in a notebook, is fine.
    """
    main = sys.modules.get("__main__")
    path = getattr(main, "__file__", None)
    if path is None or not path.endswith(".py") or not Path(path).is_file():
        return
    names = {node.id for node in ast.walk(ast.parse(Path(path).read_bytes())) if isinstance(node, ast.Name)}
    if "__name__" not in names:
        raise InputError(
            "a program that starts worker processes must do so under if __name__ == '__main__':, since each of them "
            f"reads its file again; {path} has no such line; add it, or set cluster.processes to false."
        )
