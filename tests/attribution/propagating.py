"""Networks that are one function, written in ways that tools which hook modules tell apart."""

import torch
from torch import nn
from torch.nn import functional as F

N_CLASSES = 3


class Layers(nn.Module):
    """The weights that all variants share: two convolutions with norms, and a linear layer."""

    def __init__(self, n_axes=1, seed=0, bias=True):
        super().__init__()
        convolution = (nn.Conv1d, nn.Conv2d)[n_axes - 1]
        norm = (nn.BatchNorm1d, nn.BatchNorm2d)[n_axes - 1]
        torch.manual_seed(seed)
        self.n_axes = n_axes
        self.first = convolution(1, 6, 5, stride=2, bias=bias)
        self.norm = norm(6) if bias else nn.Identity()
        self.second = convolution(6, 6, 3, padding=1, bias=bias)
        self.last = nn.Linear(6, N_CLASSES, bias=bias)
        if bias:
            self.norm.train()
            self.norm(torch.randn(64, 6, *(9,) * n_axes) * 2 + 1)
            nn.init.uniform_(self.norm.weight, 0.5, 1.5)
            nn.init.uniform_(self.norm.bias, -0.5, 0.5)
        self.eval()


class Modules(Layers):
    """Each operation its own module."""

    def __init__(self, **options):
        super().__init__(**options)
        self.relu1, self.relu2 = nn.ReLU(), nn.ReLU()
        self.pool = (nn.MaxPool1d, nn.MaxPool2d)[self.n_axes - 1](2)
        self.flatten = nn.Flatten()

    def forward(self, x):
        x = self.relu1(self.norm(self.first(x)))
        x = self.pool(x)
        x = x + self.relu2(self.second(x))
        return self.last(self.flatten(x.mean(tuple(range(2, x.ndim)), keepdim=True)))


class Functional(Layers):
    """Functions alone."""

    def forward(self, x):
        convolve, pool = ((F.conv1d, F.max_pool1d), (F.conv2d, F.max_pool2d))[self.n_axes - 1]
        x = convolve(x, self.first.weight, self.first.bias, 2)
        if not isinstance(self.norm, nn.Identity):
            norm = self.norm
            x = F.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias)
        x = pool(F.relu(x), 2)
        x = torch.add(x, torch.relu(convolve(x, self.second.weight, self.second.bias, padding=1)))
        return F.linear(x.flatten(2).mean(-1), self.last.weight, self.last.bias)


class Reused(Layers):
    """One module for both activations."""

    def __init__(self, **options):
        super().__init__(**options)
        self.relu = nn.ReLU()

    def forward(self, x):
        pool = (F.max_pool1d, F.max_pool2d)[self.n_axes - 1]
        x = pool(self.relu(self.norm(self.first(x))), 2)
        x = x + self.relu(self.second(x))
        return self.last(x.flatten(2).mean(-1))


class InPlace(Layers):
    """Activations and sums overwrite what they are given."""

    def forward(self, x):
        pool = (F.max_pool1d, F.max_pool2d)[self.n_axes - 1]
        x = self.norm(self.first(x))
        x = pool(F.relu(x, inplace=True), 2)
        y = self.second(x)
        y.relu_()
        y += x
        return self.last(y.flatten(2).mean(-1))


class Folded(Layers):
    """The batch norm is part of the convolution before it."""

    def forward(self, x):
        convolve, pool = ((F.conv1d, F.max_pool1d), (F.conv2d, F.max_pool2d))[self.n_axes - 1]
        weight, bias = self.first.weight, self.first.bias
        if not isinstance(self.norm, nn.Identity):
            scale = self.norm.weight / (self.norm.running_var + self.norm.eps).sqrt()
            weight = weight * scale.reshape(-1, *(1,) * (self.n_axes + 1))
            bias = (bias - self.norm.running_mean) * scale + self.norm.bias
        x = pool(F.relu(convolve(x, weight, bias, stride=2)), 2)
        x = x + F.relu(self.second(x))
        return self.last(x.flatten(2).mean(-1))


VARIANTS = (Modules, Functional, Reused, InPlace, Folded)


class OnPlanes(nn.Module):
    """Waveforms (clip, 1, 400) as planes (clip, 1, 20, 20), for networks of two axes."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x.reshape(len(x), 1, 20, 20))


class OwnFunction(torch.autograd.Function):
    """A hyperbolic tangent that no tensor function of torch announces."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.tanh()

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * (1 - x.tanh() ** 2)


class Custom(nn.Module):
    """Ends with a custom function."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(400, 3)

    def forward(self, x):
        return OwnFunction.apply(self.linear(x.flatten(1)))
