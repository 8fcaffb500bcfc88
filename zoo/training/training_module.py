"""The network in training as Lightning sees it."""

from copy import deepcopy
from functools import partial
from math import ceil
from typing import cast

import torch
import torch.nn.functional as F
from lightning.pytorch import LightningModule
from torch import Generator, Tensor, nn

from cnnviz.frontend import Frontend

from ..corpus import Corpus, to_float
from ..recipe import Recipe
from .augmentation import augment, mask
from .channels_last import lay_out
from .data_placement import free_bytes, place, rows
from .memory import keep_large_blocks
from .rates import parameter_groups, share_of_peak

MONITORED = "validation_loss"
VALIDATION_BATCH = 64
_EPOCHS_PER_SEED = 1_000_003  # prime, so that seeds do not share epochs
_RANK_SEED = 15_485_863  # prime, so that devices do not share augmentation


class TrainingModule(LightningModule):  # type: ignore[misc]  # untyped, see pyproject
    """A network, the moving average of its weights, and the clips it learns from.

    A step gets the number of its batch and takes the clips from where they live. All
    randomness of an epoch comes from the seed and the number of the epoch: a resumed training
    equals an uninterrupted one. With several devices each takes its share of every batch.

    Parameters
    ----------
    network
        Eats (clip, 1, time), or (clip, 1, 1, time) when `wide`.
    frontend
        Waveform to network input.
    corpus
        Clips.
    recipe
        How to train.
    sample_rate
        Hz.
    wide
        Whether `network` is a twin made by `channels_last.widen`.
    compiled
        Whether the network is compiled before the first step.
    """

    def __init__(
        self,
        network: nn.Module,
        frontend: Frontend,
        corpus: Corpus,
        recipe: Recipe,
        *,
        sample_rate: int,
        wide: bool,
        compiled: bool = False,
    ) -> None:
        super().__init__()
        self.network, self.average = network, deepcopy(network).requires_grad_(False)
        self.frontend, self.recipe = frontend, recipe
        self.sample_rate, self.wide, self.compiled = sample_rate, wide, compiled
        self.n_batches = max(1, len(corpus.train) // recipe.batch_size)
        self.waveforms, self.labels = corpus.train.waveforms, corpus.train.labels
        self.held_out, self.held_out_labels = corpus.validation.waveforms, corpus.validation.labels
        self.background = _background(corpus, recipe.background_class)

    def train_dataloader(self) -> range:
        """Numbers of the batches of an epoch."""
        return range(self.n_batches)

    def val_dataloader(self) -> range:
        """Numbers of the batches of validation clips."""
        return range(ceil(len(self.held_out_labels) / VALIDATION_BATCH))

    def on_train_start(self) -> None:
        """Bring the clips near the network, and pair its weights with their average."""
        keep_large_blocks()
        if self.compiled:
            self.network.compile()
        clips = [self.waveforms, self.held_out, self.background]
        clips = place(clips, self.device, free=free_bytes(self.device))
        self.waveforms, self.held_out, self.background = clips
        self.labels = self.labels.to(self.device)
        self.held_out_labels = self.held_out_labels.to(self.device)
        pairs = list(zip(_tensors(self.average), _tensors(self.network), strict=True))
        self.averaged = [pair for pair in pairs if pair[0].is_floating_point()]
        self.copied = [pair for pair in pairs if not pair[0].is_floating_point()]

    def on_train_epoch_start(self) -> None:
        """Draw the order of the epoch and seed its augmentation and dropout."""
        seed = self.recipe.seed * _EPOCHS_PER_SEED + self.current_epoch
        torch.manual_seed(seed)
        self.order = torch.randperm(len(self.labels)).to(self.waveforms.device)
        if self.global_rank:  # the first device draws as a single one would
            torch.manual_seed(seed + _RANK_SEED * self.global_rank)
        self.generator = Generator(self.device).manual_seed(seed + _RANK_SEED * self.global_rank)
        self.average.eval()
        self.totals = torch.zeros(2, device=self.device)  # loss, accuracy

    def training_step(self, batch: int, _index: int) -> Tensor:
        """Loss of one augmented batch, a scalar."""
        size = self.recipe.batch_size
        index = self.order[batch * size : (batch + 1) * size]
        index = index[self.global_rank :: self.trainer.world_size]
        logits = self._logits(self.network, self._varied(index))
        labels = self.labels[index.to(self.labels.device)]
        loss = F.cross_entropy(logits, labels, label_smoothing=self.recipe.label_smoothing)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.totals += torch.stack([loss.detach(), accuracy])
        if batch == self.n_batches - 1:
            means = self.totals / self.n_batches
            metrics = {"train_loss": means[0], "train_accuracy": means[1]}
            shared = self._is_one_of_several
            self.log_dict(metrics, on_step=False, on_epoch=True, batch_size=1, sync_dist=shared)
        return loss

    def on_train_batch_end(self, *_: object) -> None:
        """Move the average towards the new weights, faster in the first steps."""
        step = self.global_step
        decay = min(self.recipe.average_decay, (1 + step) / (10 + step))
        averages, new = zip(*self.averaged, strict=True)
        torch._foreach_lerp_(averages, new, 1 - decay)
        for count, new_count in self.copied:
            count.copy_(new_count)

    def validation_step(self, batch: int, _index: int) -> None:
        """Score the average on clips that are not trained on."""
        clips = slice(batch * VALIDATION_BATCH, (batch + 1) * VALIDATION_BATCH)
        waveforms = to_float(rows(self.held_out, clips, self.device))
        with torch.autocast(self.device.type, enabled=False):
            inputs = self.frontend(waveforms)
        logits = self._logits(self.average, inputs)
        labels = self.held_out_labels[clips]
        metrics = {
            MONITORED: F.cross_entropy(logits, labels),
            "validation_accuracy": (logits.argmax(dim=1) == labels).float().mean(),
        }
        shared = self._is_one_of_several  # then they have to agree on the best epoch
        self.log_dict(metrics, prog_bar=True, batch_size=len(labels), sync_dist=shared)

    def configure_optimizers(self) -> dict[str, object]:
        """AdamW by the recipe's rates and decays, along its schedule."""
        optimizer = torch.optim.AdamW(
            parameter_groups(self.network, self.recipe), betas=(0.9, 0.99)
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, partial(share_of_peak, recipe=self.recipe, steps_per_epoch=self.n_batches)
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    @property
    def _is_one_of_several(self) -> bool:
        return bool(self.trainer.world_size > 1)

    def _augmented(self, index: Tensor) -> Tensor:
        background = None
        if len(self.background):
            shape = (len(index),)
            noise_index = torch.randint(
                len(self.background), shape, generator=self.generator, device=self.device
            )
            background = to_float(rows(self.background, noise_index, self.device))
        return augment(
            to_float(rows(self.waveforms, index, self.device)),
            background,
            self.recipe.augmentation,
            sample_rate=self.sample_rate,
            generator=self.generator,
        )

    @torch.no_grad()
    def _varied(self, index: Tensor) -> Tensor:
        """What the frontend makes of augmented clips, in full precision; with its masks."""
        with torch.autocast(self.device.type, enabled=False):
            inputs = self.frontend(self._augmented(index))
            if inputs.ndim == 2:
                return inputs  # (clip, time)
            return mask(inputs, self.recipe.augmentation, self.generator)

    def _logits(self, network: nn.Module, inputs: Tensor) -> Tensor:
        if inputs.ndim == 2:
            inputs = inputs.unsqueeze(1)  # (clip, 1, time)
        if self.wide:
            inputs = lay_out(inputs)
        elif inputs.ndim == 4:
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        return cast(Tensor, network(inputs))  # (clip, class)


def _tensors(network: nn.Module) -> list[Tensor]:
    """Parameters and buffers, which stay the same objects in a training."""
    return list(network.state_dict().values())


def _background(corpus: Corpus, class_name: str) -> Tensor:
    if class_name not in corpus.class_names:
        return corpus.train.waveforms[:0]
    return corpus.train.waveforms[corpus.train.labels == corpus.class_names.index(class_name)]
