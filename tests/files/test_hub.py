"""A hub that does not answer is asked once."""

import time

import huggingface_hub
import pytest

from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.encoders.pretrained import Pretrained
from lightning_contrast.errors import InputError
from lightning_contrast.files import hub
from lightning_contrast.sources.hugging_face import HuggingFaceText


@pytest.fixture
def away(monkeypatch):
    """A hub that no request reaches; counts the requests to it."""
    asked = []

    class Client:
        def __getattr__(self, method):
            def ask(*arguments, **keywords):
                asked.append(method)
                raise ConnectionError("no route to the hub")

            return ask

    huggingface_hub.close_session()
    monkeypatch.setattr(huggingface_hub, "get_session", Client)
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail("it waits to ask again"))
    hub.answers.cache_clear()
    yield asked
    hub.answers.cache_clear()


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: Pretrained("owner/nope"), "name_or_path='owner/nope' is neither a folder"),
        (lambda: Tokenizer.pretrained("owner/nope"), "no tokenizer.json for 'owner/nope'"),
        (lambda: HuggingFaceText("owner/nope").load(), "data set 'owner/nope' can't be loaded"),
    ],
)
def test_a_name_on_a_hub_that_is_away_is_refused_at_once(ask, said, away):
    with pytest.raises(InputError, match=said):
        ask()
    assert away == ["head"]
    assert not huggingface_hub.constants.HF_HUB_OFFLINE, "only while it was asked"


def test_a_folder_needs_no_hub(tmp_path, away):
    with hub.asked_once(str(tmp_path)):
        assert away == []
