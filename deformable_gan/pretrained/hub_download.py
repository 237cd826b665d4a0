"""The download of a model, which `hub_model` runs in a child process so that it can be ended.

`python -m deformable_gan.pretrained.hub_download HANDLE KAGGLE_HANDLE` prints the model's folder as
its last line and exits with 0, or prints the reasons for a failure and exits with 1.
"""

import socket
import sys

# A server that accepts a connection and then sends nothing is given up after this time.
_SILENCE_SECONDS = 20


def main() -> int:
    """Download from TF-Hub or, if that fails, from Kaggle; return the exit status."""
    handle, kaggle_handle = sys.argv[1:]
    socket.setdefaulttimeout(_SILENCE_SECONDS)
    reasons = []
    for site, fetch, address in (
        ("TF-Hub", _from_hub, handle),
        ("Kaggle", _from_kaggle, kaggle_handle),
    ):
        try:
            path = fetch(address)
        except Exception as error:  # each library involved raises its own; all are reported
            text = " ".join(str(error).split())
            reasons.append(f"{site}: {type(error).__name__} {text[:120]}".strip())
        else:
            print(path)
            return 0
    print("; ".join(reasons))
    return 1


def _from_hub(handle: str) -> str:
    import tensorflow_hub

    return tensorflow_hub.resolve(handle)


def _from_kaggle(handle: str) -> str:
    import kagglehub

    return kagglehub.model_download(handle)


if __name__ == "__main__":
    sys.exit(main())
