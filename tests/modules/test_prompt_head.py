from lightning_contrast.heads.head import Head
from lightning_contrast.modules.prompt_head import PromptHead


def test_it_says_of_itself_what_every_head_says():
    traits = [name for name in Head.__annotations__ if hasattr(Head, name)]
    assert "decides_sets" in traits
    assert [name for name in traits if name not in vars(PromptHead)] == []
