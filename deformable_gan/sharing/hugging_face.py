"""Presets on Hugging Face, through its own client."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deformable_gan.errors import HubError
from deformable_gan.sharing.first_line import first_line
from deformable_gan.sharing.handle import Handle
from deformable_gan.sharing.model_folder import PRESET_FILES
from deformable_gan.version import __version__

_LOG_IN = "log in with `hf auth login`, or set HF_TOKEN"


def download(handle: Handle) -> Path:
    """Return the folder of a preset after downloading what Hugging Face's cache lacks.

    Without a connection the folder has the newest state in the cache.

    Raises:
        HubError: the preset is not available.
    """
    hub = _client()
    with _readable_errors(handle):
        return Path(
            hub.snapshot_download(
                handle.name,
                revision=handle.revision,
                allow_patterns=list(PRESET_FILES),
                library_name="deformable_gan",
                library_version=__version__,
            )
        )


def require_login(handle: Handle) -> None:
    """Check, before any work is done, that the user is logged in to Hugging Face.

    Raises:
        HubError: the user is not logged in.
    """
    hub = _client()
    if hub.get_token() is None:
        raise HubError(f"{handle}: you are not logged in to Hugging Face: {_LOG_IN}")
    with _readable_errors(handle):
        hub.HfApi().whoami()


def upload(
    folder: Path,
    handle: Handle,
    message: str,
    public: bool,
    license_name: str | None,
    replaced: Sequence[str] = (),
) -> str:
    """Upload a preset, replacing an earlier upload.

    Args:
        folder: the preset's folder.
        handle: the destination, which is created if it does not exist.
        message: a description of the change.
        public: whether a new model is public; an existing one stays as it is.
        license_name: not used here, because the model card already contains it.
        replaced: patterns of files of an earlier upload to remove.

    Returns:
        The address of the model's page.

    Raises:
        HubError: the preset cannot be uploaded.
    """
    hub = _client()
    api = hub.HfApi(library_name="deformable_gan", library_version=__version__)
    with _readable_errors(handle):
        repository = api.create_repo(handle.name, private=not public, exist_ok=True)
        api.upload_folder(
            repo_id=repository.repo_id,
            folder_path=folder,
            commit_message=message,
            revision=handle.revision,
            delete_patterns=list(replaced),
        )
    return str(repository)


def _client():
    try:
        import huggingface_hub
    except ImportError:
        raise HubError(
            "hf:// needs huggingface_hub, which is not installed: pip install 'deformable-gan[hub]'"
        ) from None
    return huggingface_hub


@contextmanager
def _readable_errors(handle: Handle) -> Iterator[None]:
    """Convert the client's errors to messages for users."""
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        raise HubError(
            f"{handle} is only for people who have accepted its terms: accept them on its page, "
            f"and {_LOG_IN}"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise HubError(f"{handle}: the model has no revision {handle.revision!r}") from error
    except errors.RepositoryNotFoundError as error:
        raise HubError(
            f"{handle}: Hugging Face has no such model, or it is private and you are not logged "
            f"in: check the name, or {_LOG_IN}"
        ) from error
    except errors.LocalEntryNotFoundError as error:
        raise HubError(
            f"{handle} could not be downloaded and is not in the cache: Hugging Face cannot be "
            f"reached ({_cause(error)}): check the connection, or give a folder"
        ) from error
    except errors.HfHubHTTPError as error:
        status = getattr(error.response, "status_code", None)
        if status in (401, 403):
            raise HubError(
                f"{handle}: Hugging Face refuses access ({first_line(error)}): {_LOG_IN}, with a "
                "token that has the necessary rights"
            ) from error
        raise HubError(f"{handle}: Hugging Face returned an error: {first_line(error)}") from error
    except Exception as error:  # connection errors come from several libraries
        raise HubError(
            f"{handle}: the exchange with Hugging Face failed ({first_line(error)}): check the "
            "connection, the name and the free disk space"
        ) from error


def _cause(error: Exception) -> str:
    return first_line(error.__cause__ or error)
