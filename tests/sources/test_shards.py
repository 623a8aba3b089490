"""WebDataset shards: each sample once an epoch on two ranks, and none lost where a run resumes."""

import gzip
import os
import re
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from lightning_contrast.data.mixed import MixedDataModule
from lightning_contrast.errors import InputError
from lightning_contrast.files.shards import samples
from lightning_contrast.inference.neighbours import Index
from lightning_contrast.positives.paired import PairedPositives
from lightning_contrast.samplers.chunks import ChunkSampler
from lightning_contrast.samplers.shuffled import ShuffledSampler
from lightning_contrast.sources._shard_files import LocalShards
from lightning_contrast.sources.captioned import CaptionedImages
from lightning_contrast.sources.shards import Shards
from lightning_contrast.testing.ranks import on_two_ranks
from tests.made_shards import write_shards


@pytest.fixture(scope="module")
def pattern(tmp_path_factory) -> str:
    return write_shards(tmp_path_factory.mktemp("shards"))


def test_a_shard_holds_what_a_table_would(pattern):
    found = Shards(pattern, label_field="cls", identity_field="json.meta.id", size=16).load()
    table = Path(pattern).parent / "pictures/captions.jsonl"
    same = CaptionedImages(str(table), label_column="label", identity_column="id", size=16).load()
    assert found.raw.parts["text"] == same.raw.parts["text"]
    assert found.classes == same.classes and found.counts["shards"] == 4
    for column in ("label", "identity", "split"):
        assert getattr(found, column).tolist() == getattr(same, column).tolist()
    rows = np.array([3, 39, 17])
    assert (found.raw.parts["image"][rows] == same.raw.parts["image"][rows]).all()
    assert (found.raw.fingerprints() == same.raw.fingerprints()).all()
    index = Index(torch.eye(40), np.arange(40), found.label[:40], found.classes, found.raw)
    assert re.fullmatch(r"\S+003.tar/\S+", index.nearest(torch.eye(40)[39:], 1)[0][0].input)
    fast = Shards(pattern, caption_fields=["json.meta.title"], examine=False).load()
    assert len(set(fast.raw.parts["image"].fingerprints())) == 40
    assert fast.raw.parts["text"][0] == "a big red square"


def loaded(pattern: str, rank: int, workers: int) -> MixedDataModule:
    sampler = partial(ShuffledSampler, drop_last=False, rank=rank, world_size=2)
    source = Shards(pattern, identity_field="json.meta.id", size=16)
    if pattern.startswith("pipe:"):
        sampler = partial(ChunkSampler, **sampler.keywords, chunk=7, together=1)
        source.cache, source.cache_shards = os.environ["KEPT"], 2
    data = MixedDataModule(source, sampler, PairedPositives, batch_size=3, num_workers=workers)
    data.setup()
    return data


def seen_by(rank: int) -> tuple[list, list, list]:
    """Rows of the first two batches, of the others after a restart, and all training rows."""
    pattern = os.environ["SHARDS"]
    data = loaded(pattern, rank, 0)
    batches = iter(data.train_dataloader())
    before = [row for batch in islice(batches, 2) for row in batch.anchor.index.tolist()]
    state = data.state_dict()
    again = loaded(pattern, rank, 1)
    again.load_state_dict(state)
    after, raw = [], again.splits.labelled.raw.parts["image"]
    for batch in again.train_dataloader():
        index = batch.anchor.index
        after += index.tolist()
        picture = batch.anchor.inputs.parts["image"]
        assert (torch.as_tensor(raw[index.numpy()]) == picture).all()
    return before, after, again.splits.train.tolist()


@pytest.mark.slow
@pytest.mark.parametrize("piped", [False, True])
def test_two_ranks_see_each_sample_once_an_epoch_also_where_they_resume(
    pattern, tmp_path, monkeypatch, piped
):
    if piped:  # two of four shards are on disk at a time
        monkeypatch.setenv("LIGHTNING_CONTRAST_PIPES", "1")
        monkeypatch.setenv("KEPT", str(tmp_path / "kept"))
        monkeypatch.setenv("RAN", str(tmp_path / "ran"))
        pattern = f"pipe:echo x >> $RAN; cat {pattern}"
    monkeypatch.setenv("SHARDS", pattern)
    ranks = on_two_ranks(seen_by, tmp_path)
    seen = [row for before, after, _ in ranks for row in before + after]
    assert all(len(before) == 6 for before, _, _ in ranks)
    assert sorted(seen) == ranks[0][2] and len(seen) == 28
    if piped:
        assert len(list((tmp_path / "kept").glob("*.tar"))) <= 2
        assert len((tmp_path / "ran").read_text().split()) > 4  # some were brought again


def test_of_a_pipe_so_many_shards_stay_as_are_asked_for(pattern, tmp_path, monkeypatch):
    monkeypatch.setenv("LIGHTNING_CONTRAST_PIPES", "1")
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "other.tar").touch()  # of another source
    found = Shards(f"pipe:cat {pattern}", cache=str(kept), cache_shards=2).load()
    pictures, same = found.raw.parts["image"], Shards(pattern).load().raw.parts["image"]
    for row in (0, 39, 15, 25, 0):
        assert (pictures[np.array([row])] == same[np.array([row])]).all()
        assert len(list(kept.glob("*.tar"))) == 3
    first = Path(pattern.replace("{000..003}", "000"))
    copy = tmp_path / "copy.tar"
    copy.write_bytes(first.read_bytes())
    shards = LocalShards([f"pipe:cat {copy}", f"pipe:cat {first}"], kept, most=1)
    shards.open(0).close()
    shards.open(1).close()
    copy.write_bytes(first.read_bytes() + bytes(512))
    with pytest.raises(InputError, match="its shard must stay what it is while a run reads it"):
        shards.open(0)


def test_a_shard_that_is_cut_off_is_one_line_or_left_out(pattern, tmp_path):
    path = Path(pattern.replace("{000..003}", "001"))
    with path.open("rb") as file:
        whole, seventh = path.read_bytes(), list(samples(file, path.name))[6][1]["jpg"]
    for cut, rows in ((seventh.start + 9, 6), (len(whole.rstrip(bytes(1))), 9)):
        (tmp_path / "cut.tar").write_bytes(whole[:cut])
        source = Shards(str(tmp_path / "cut.tar"))
        with pytest.raises(InputError, match=r"cut\.tar is cut off or damaged after \d") as caught:
            source.load()
        assert "\n" not in str(caught.value) and "source.skip_bad_rows=true" in str(caught.value)
        source.skip_bad_rows = True
        with pytest.warns(UserWarning, match="Left out: what it lost"):
            found = source.load()
        assert len(found.raw.parts["image"]) == rows and found.counts["skipped"] == 1


def test_what_is_no_shard_and_a_sample_without_a_part_are_one_line(pattern, tmp_path):
    (tmp_path / "no.tar").write_bytes(b"no tar")
    with pytest.raises(InputError, match=r"no\.tar is no tar file"):
        Shards(str(tmp_path / "no.tar")).load()
    whole = Path(pattern.replace("{000..003}", "001")).read_bytes()
    (tmp_path / "packed.tar").write_bytes(gzip.compress(whole))
    with pytest.raises(InputError, match=r"packed\.tar is no tar file, or it is packed: unpack it"):
        Shards(str(tmp_path / "packed.tar")).load()
    with pytest.raises(InputError, match=r"made-9\.tar"):
        Shards(f"{Path(pattern).parent}/made-{{9..10}}.tar").check_files()
    with pytest.raises(InputError, match=r"sample 0000 of made-000\.tar: 'text' must hold"):
        Shards(pattern, caption_fields=["text"]).load()


def test_a_pipe_is_run_where_the_environment_allows_it_and_once(pattern, tmp_path, monkeypatch):
    first = pattern.replace("{000..003}", "000")
    mark = tmp_path / "ran"
    source = Shards(f"pipe:echo x >> {mark}; cat {first}", cache=str(tmp_path / "kept"))
    with pytest.raises(InputError, match="LIGHTNING_CONTRAST_PIPES=1"):
        source.check_files()
    monkeypatch.setenv("LIGHTNING_CONTRAST_PIPES", "1")
    assert len(source.load().raw.parts["image"]) == 10
    source.load()
    assert mark.read_text() == "x\n"
    with pytest.raises(InputError, match=r"'pipe:cat none' failed \(exit status 1\): try"):
        Shards("pipe:cat none", cache=str(tmp_path / "kept")).load()
    with pytest.raises(InputError, match=r":: stands between .* a script\): the file B none does"):
        Shards("pipe:perl -MA::B none").check_files()


def test_the_output_of_a_pipe_that_is_no_whole_tar_is_not_kept(pattern, tmp_path, monkeypatch):
    monkeypatch.setenv("LIGHTNING_CONTRAST_PIPES", "1")
    first = Path(pattern.replace("{000..003}", "000"))
    whole, sent = first.read_bytes(), tmp_path / "sent"
    source = Shards(f"pipe:cat {sent}", cache=str(tmp_path / "kept"))
    for content, wrong in {
        b"": "is no tar file",
        b"<html>": "is no tar file",
        whole[:5000]: "is cut off or damaged after . samples .*: mend the command",
    }.items():
        sent.write_bytes(content)
        with pytest.raises(InputError, match=f"the output of 'pipe:cat {sent}' {wrong}"):
            source.load()
    both = f"pipe:cat {sent}::{first}"
    some = Shards(both, cache=source.cache, skip_bad_rows=True)
    with pytest.warns(UserWarning, match=r"the output of 'pipe:cat .*Left out: what it lost"):
        assert len(some.load().raw.parts["image"]) == 10
    sent.write_bytes(whole)
    assert len(Shards(both, cache=source.cache).load().raw.parts["image"]) == 20
    (kept,) = Path(source.cache).glob("*.tar")
    kept.write_bytes(whole[:5000])
    with pytest.raises(InputError, match=f"{kept}, the output of 'pipe:cat .*: delete the file"):
        source.load()


def test_a_text_that_is_not_utf_8_is_a_bad_sample(tmp_path):
    whole = Path(write_shards(tmp_path, rows=4, shards=1).replace("{000..000}", "000"))
    with whole.open("rb") as file:
        start = list(samples(file, whole.name))[2][1]["txt"].start
    with whole.open("r+b") as file:
        file.seek(start + 2)
        file.write("é".encode("latin-1"))
    source = Shards(str(whole))
    with pytest.raises(InputError, match=r"0002 of made-000.tar .* not UTF-8 \(.* at byte 2\)"):
        source.load()
    source.skip_bad_rows = True
    found = source.load()
    assert len(found.raw.parts["image"]) == 3 and found.counts["skipped"] == 1


@pytest.mark.parametrize("path", ["photos-{00.tar", "photos-00}.tar", "a.tar::b{{0..2}.tar"])
def test_a_brace_without_its_other_half_is_one_line(path):
    with pytest.raises(InputError, match=re.escape(f"{path!r} lacks its other half: complete it")):
        Shards(path).check_files()
