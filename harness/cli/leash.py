"""The leash of a process that grades: it cleans up and ends when whoever started it is gone."""

import signal
import threading
from contextlib import suppress

import psutil


def hold_leash(pid: int) -> None:
    """Clean up and end when the process that started this session is gone, however it went."""

    # A shell's background job begins with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def wait() -> None:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).wait()
        end_main_thread()

    threading.Thread(target=wait, name="leash", daemon=True).start()


def end_main_thread() -> None:
    """As Ctrl-C does. A signal that this thread raises does not wake the main one from a blocking
    read, and it may stand in one for as long as a build takes."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)
