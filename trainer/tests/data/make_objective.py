"""The value and the gradients of the training objective, by PyTorch's autograd in float64.

    pip install torch numpy safetensors
    python make_objective.py

writes objective.safetensors: a small network with classes and embedded values, a batch with its noise, and for each
prediction type and weighting the loss and its gradient for every tensor. The network is the README's module; the noise
schedule is diffusers' squaredcos_cap_v2 with betas capped at 0.999, 1000 levels; the weights are those of min-SNR
(Hang et al., 2023): min(SNR, gamma) on the error of x0, over SNR for epsilon and over SNR + 1 for v.
"""

import math

import torch
from safetensors.torch import save_file
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(14)

T, D, H, E, S, F, SCALE, CLASSES, BLOCKS, ROWS, GAMMA = 1000, 3, 8, 6, 8, 4, 5.0, 2, 2, 16, 5.0


def sinusoid(t, size, scale=1.0):
    half = size // 2
    rates = torch.exp(-math.log(10000) * torch.arange(half) / (half - 1))
    angle = t[..., None] * scale * rates
    return torch.cat([angle.sin(), angle.cos()], -1)


class Denoiser(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj_in = nn.Linear(D * F, H)
        self.blocks = nn.ModuleList(nn.Linear(H, H) for _ in range(BLOCKS))
        self.conditioning = nn.ModuleList(nn.Linear(E, H, bias=False) for _ in range(BLOCKS + 1))
        self.time_embedding = nn.ModuleDict({"linear_1": nn.Linear(S, E), "linear_2": nn.Linear(E, E)})
        self.class_embedding = nn.Embedding(CLASSES + 1, E)
        self.proj_out = nn.Linear(H, D)

    def forward(self, x, t, classes):
        act = nn.functional.silu
        e = self.time_embedding["linear_2"](act(self.time_embedding["linear_1"](sinusoid(t, S))))
        e = e + self.class_embedding(classes)
        h = act(self.proj_in(sinusoid(x, F, SCALE).flatten(1)) + self.conditioning[0](e))
        for block, condition in zip(self.blocks, self.conditioning[1:]):
            h = h + act(block(h) + condition(e))
        return self.proj_out(h)


def levels():
    def bar(u):
        return math.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2

    betas = [min(1 - bar((i + 1) / T) / bar(i / T), 0.999) for i in range(T)]
    return (1 - torch.tensor(betas)).cumprod(0)


model = Denoiser()
# The file's values are float32: what both sides begin with is the same.
for parameter in model.parameters():
    parameter.data = parameter.data.float().double()
x0 = torch.rand(ROWS, D).float().double() * 2 - 1
noise = torch.randn(ROWS, D).float().double()
t = torch.linspace(3, T - 20, ROWS).long()
classes = torch.arange(ROWS) % (CLASSES + 1)
a = levels()[t, None]
snr = a / (1 - a)
state = a.sqrt() * x0 + (1 - a).sqrt() * noise

out = {f"model.{name}": value.float() for name, value in model.state_dict().items()}
out |= {"x0": x0.float(), "noise": noise.float(), "timesteps": t.float(), "classes": classes.float()}
cases = {"epsilon": noise, "sample": x0, "v_prediction": a.sqrt() * noise - (1 - a).sqrt() * x0}
for prediction, target in cases.items():
    of_data = snr.clamp(max=GAMMA)
    weights = {"epsilon": of_data / snr, "sample": of_data, "v_prediction": of_data / (snr + 1)}
    for weighting, weight in {"uniform": torch.ones_like(snr), "min_snr": weights[prediction]}.items():
        model.zero_grad()
        loss = (weight * (model(state, t.double(), classes) - target) ** 2).mean()
        loss.backward()
        case = f"{prediction}.{weighting}"
        out[f"{case}.loss"] = loss.detach().float().reshape(1)
        for name, parameter in model.named_parameters():
            out[f"{case}.{name}"] = parameter.grad.float()
save_file({name: value.contiguous() for name, value in out.items()}, "objective.safetensors")
print({name: value.item() for name, value in out.items() if name.endswith("loss")})
