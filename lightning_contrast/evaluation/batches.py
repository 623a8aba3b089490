"""The pairs of a few training batches, as the contrast sees them."""

from typing import NamedTuple

import torch
from torch import Tensor

from lightning_contrast.batch import embedded, viewed
from lightning_contrast.config.construct import construct
from lightning_contrast.evaluation.subject import Subject


class BatchPairs(NamedTuple):
    """Pairs of some batches: similarities by kind, and how many negatives are of one class.

    ``positive``, ``negative``: the cosines of the pairs. ``hardest_positive``,
    ``hardest_negative``: the least and the largest of each anchor that has both.
    ``false_negative``: how many negatives have the anchor's label, of the ``known`` ones, those
    where both rows have a label.
    """

    positive: Tensor
    negative: Tensor
    hardest_positive: Tensor
    hardest_negative: Tensor
    false_negative: int
    known: int


@torch.inference_mode()
def batch_pairs(subject: Subject, batches: int) -> BatchPairs:
    """The pairs of the first training batches, by the run's own sampler, positives and pairing.

    Rows are seen through the run's view and embedded by the trained classifier. Only the rows of
    the batch are candidates, without queue and prototypes, and all pairs count, those too that the
    miner would leave out.
    """
    network, datamodule, config = subject.network, subject.datamodule, subject.config
    sizes = {"embedding_size": network.projector.out_features, "classes": len(network.classes)}
    pairing = construct(config["pairing"], **sizes)
    unit = construct(config["unit"], names=list(network.classes))
    columns: list[list[Tensor]] = [[], [], [], []]
    false, known = 0, 0
    loader = iter(datamodule.train_dataloader())
    with torch.random.fork_rng():  # views draw random numbers, and the caller's go on as before
        torch.manual_seed(subject.seed)
        for _, batch in zip(range(batches), loader, strict=False):
            seen = viewed(batch.to(network.device), datamodule.view)
            features = network.encode_as_trained(seen.inputs)
            rows = embedded(unit(features, seen), network.projector)
            anchors = unit.anchors(rows, seen, config["module"]["symmetric"], pair_sums=False)
            similarity = (anchors.embedding @ rows.embedding.T).float().cpu()
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
    return BatchPairs(positive, negative, least, most, false, known)
