"""Presets on Kaggle, through its own client."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deformable_gan.errors import HubError
from deformable_gan.sharing.first_line import first_line
from deformable_gan.sharing.handle import Handle
from deformable_gan.sharing.model_folder import CARD, DESCRIPTION, PRESET_FILES

_LOG_IN = (
    "set KAGGLE_API_TOKEN (kaggle.com/settings/api), or put kaggle.json into the folder ~/.kaggle"
)


def download(handle: Handle) -> Path:
    """Return the folder of a preset after downloading what kagglehub's cache lacks.

    Raises:
        HubError: the preset is not available.
    """
    client = _client()
    with _readable_errors(handle):
        # Only the preset's files: the model may also contain exports in other formats, which may
        # be ten times as large.
        description = Path(client.model_download(_name(handle), DESCRIPTION))
        for name in PRESET_FILES:
            if name not in (DESCRIPTION, CARD):
                client.model_download(_name(handle), name)
    return description.parent


def require_login(handle: Handle) -> None:
    """Check, before any work is done, that the user is logged in to Kaggle.

    Raises:
        HubError: the user is not logged in.
    """
    client = _client()
    with _readable_errors(handle):
        client.whoami(verbose=False)


def upload(
    folder: Path,
    handle: Handle,
    message: str,
    public: bool,
    license_name: str | None,
    replaced: Sequence[str] = (),
) -> str:
    """Upload a preset as a new version; see `hugging_face.upload`.

    New models are private; they are made public manually on their page. A version consists of its
    own files only, so no files of earlier versions have to be removed and `replaced` is not used.

    Raises:
        HubError: `public` is True, or the upload failed.
    """
    client = _client()
    if public:
        raise HubError(
            f"{handle}: a model on Kaggle is made public on its page there: leave out --public"
        )
    with _readable_errors(handle):
        client.model_upload(
            handle.name, str(folder), license_name=license_name, version_notes=message
        )
    owner, model, framework, variation = handle.name.split("/")
    return f"https://www.kaggle.com/models/{owner}/{model}/{framework}/{variation}"


def _name(handle: Handle) -> str:
    return handle.name + (f"/{handle.revision}" if handle.revision else "")


def _client():
    try:
        import kagglehub
    except ImportError:
        raise HubError(
            "kaggle:// needs kagglehub, which is not installed: pip install 'deformable-gan[hub]'"
        ) from None
    return kagglehub


@contextmanager
def _readable_errors(handle: Handle) -> Iterator[None]:
    """Convert the client's errors to messages for users."""
    from kagglehub import exceptions

    try:
        yield
    except exceptions.UnauthenticatedError as error:
        raise HubError(f"{handle}: you are not logged in to Kaggle: {_LOG_IN}") from error
    except exceptions.KaggleApiHTTPError as error:
        status = getattr(error.response, "status_code", None)
        if status in (401, 403, 404):
            raise HubError(
                f"{handle}: Kaggle has no such model or file, or you have no access to it (status "
                f"{status}): check the name, or {_LOG_IN}"
            ) from error
        raise HubError(f"{handle}: Kaggle returned an error: {first_line(error)}") from error
    except Exception as error:  # connection errors come from several libraries
        raise HubError(
            f"{handle}: the request to Kaggle failed ({first_line(error)}): check the "
            "connection, the name, and that the model is a preset"
        ) from error
