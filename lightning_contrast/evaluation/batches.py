"""The pairs of a few training batches, as the loss gets them."""

from typing import NamedTuple

import torch
from torch import Tensor

from lightning_contrast.batch import viewed
from lightning_contrast.config.construct import construct
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.similarity import Kind, compared


class BatchPairs(NamedTuple):
    """Pairs of some batches: their similarities, and the number of false negatives.

    ``positive``, ``negative``: the similarities of the pairs, as the contrast compared them
    (``metrics.similarity``). ``hardest_positive``, ``hardest_negative``: the smallest positive and
    the largest negative similarity of each anchor that has both. ``known``: number of negatives
    whose rows both have a label. ``false_negative``: number of these that have the anchor's label.
    ``kind``: which similarity it is.
    """

    positive: Tensor
    negative: Tensor
    hardest_positive: Tensor
    hardest_negative: Tensor
    false_negative: int
    known: int
    kind: Kind


@torch.inference_mode()
def batch_pairs(subject: Subject, batches: int) -> BatchPairs:
    """The pairs of the first training batches, from the run's own sampler, positives and pairing.

    The run's view is applied to the rows, and the trained classifier embeds them. Only the rows of
    the batch are candidates, without queue and prototypes. All pairs count, also those that the
    miner would leave out.
    """
    network, datamodule, config = subject.network, subject.datamodule, subject.config
    sizes = {"embedding_size": network.projector.out_features, "classes": len(network.classes)}
    pairing = construct(config["pairing"], **subject.rows.told, **sizes)
    unit = construct(config["unit"], names=list(network.classes))
    columns: list[list[Tensor]] = [[], [], [], []]
    false, known = 0, 0
    loader = iter(datamodule.train_dataloader())
    with torch.random.fork_rng():  # views draw random numbers; the caller's state is restored
        torch.manual_seed(subject.seed)
        for _, batch in zip(range(batches), loader, strict=False):
            seen = viewed(batch.to(network.device), datamodule.view)
            features = network.encode_as_trained(seen.inputs)
            rows = unit(features, seen)
            rows = rows._replace(embedding=network.project(rows.embedding))
            anchors = unit.anchors(rows, seen, config["module"]["symmetric"], pair_sums=False)
            one, other = compared(network.similarity, anchors.embedding, rows.embedding)
            similarity = (one @ other.T).cpu()
            pairs = pairing(anchors, rows)
            positive, negative = pairs.positive.cpu(), pairs.negative.cpu()
            one, other = anchors.label[:, None].cpu(), rows.label[None].cpu()
            labelled = negative & (one >= 0) & (other >= 0)
            false += int((labelled & (one == other)).sum())
            known += int(labelled.sum())
            both = positive.any(dim=1) & negative.any(dim=1)
            least = similarity.masked_fill(~positive, torch.inf).amin(dim=1)[both]
            most = similarity.masked_fill(~negative, -torch.inf).amax(dim=1)[both]
            found = (similarity[positive], similarity[negative], least, most)
            for column, part in zip(columns, found, strict=True):
                column.append(part)
    empty = torch.zeros(0)
    positive, negative, least, most = (torch.cat([empty, *column]) for column in columns)
    return BatchPairs(positive, negative, least, most, false, known, network.similarity)
