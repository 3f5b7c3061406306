"""The optional models: fetching, measuring, using and giving them up."""

from typing import TYPE_CHECKING

from desktop_app.domain.ids import RequestId
from desktop_app.engine.requests.port import RequestPort

if TYPE_CHECKING:
    from desktop_app.domain.models import DownloadProgress, ModelList
    from desktop_app.engine.library import Library
    from desktop_app.engine.loop import EngineLoop


class ModelRequests(RequestPort):
    """``models_ready`` follows with the ModelList, or ``failed``."""

    def _tell_download(self, progress: "DownloadProgress") -> None:
        """Called from the fetching thread."""
        raise NotImplementedError

    def fetch_models(self) -> RequestId:
        """All of them and how far each is; ``models_ready``."""
        return self._read("models_ready", lambda library: library.models.listing(), channel="models", slow=True)

    def use_model(self, name: str) -> RequestId:
        """Describe the photos with a model, by name or by its folder, in the background; ``models_ready``."""
        return self._read("models_ready", lambda library: self._changed_models(library, name), slow=True)

    def _changed_models(self, library: "Library", name: str) -> "ModelList":
        model = library.models.examine(name)

        def use(loop: "EngineLoop") -> None:
            loop.submit(lambda library: library.models.use(model)).result()
            loop.want_idle_work(anew=True)

        self._steer(use)
        return library.models.listing()

    def stop_using_models(self) -> RequestId:
        """Search without one; what was described is kept; ``models_ready``."""

        def stop(library: "Library") -> "ModelList":
            def end(loop: "EngineLoop") -> None:
                loop.submit(lambda library: library.models.stop_using()).result()
                loop.want_idle_work(anew=True)

            self._steer(end)
            return library.models.listing()

        return self._read("models_ready", stop, slow=True)

    def measure_model(self, name: str) -> RequestId:
        """Its speed on some of the photos; ``models_ready``."""

        def measure(library: "Library") -> "ModelList":
            library.models.benchmark(name)
            return library.models.listing()

        return self._read("models_ready", measure, slow=True)

    def forget_descriptions(self, name: str) -> RequestId:
        """Give up a model's vectors and keep its files; ``models_ready``."""

        def forget(library: "Library") -> "ModelList":
            self._steer(lambda loop: loop.submit(lambda library: library.models.drop_vectors(name)).result())
            return library.models.listing()

        return self._read("models_ready", forget, slow=True)

    def remove_model(self, name: str) -> RequestId:
        """Give up its files and vectors; ``models_ready``."""

        def remove(library: "Library") -> "ModelList":
            self._steer(lambda loop: loop.submit(lambda library: library.models.remove(name)).result())
            return library.models.listing()

        return self._read("models_ready", remove, slow=True)

    def download_model(self, name: str) -> RequestId:
        """Fetch a public model; ``download_progressed``, and at the end ``models_ready`` or ``failed``."""

        def fetch(library: "Library") -> "ModelList":
            library.models.offers.fetch(name, self._tell_download)
            return library.models.listing()

        return self._read_beside("models_ready", fetch)

    def cancel_download(self, name: str) -> None:
        """Stop fetching; ``failed`` follows, and what has arrived is kept."""
        if (library := self._open_library()) is not None:
            library.models.offers.cancel(name)
