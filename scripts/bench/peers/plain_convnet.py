"""Our convnet of images of 28 x 28 grey pixels, written in plain PyTorch for the peers."""

from torch import Tensor, nn


def convolution(width: int, out: int, stride: int = 1) -> nn.Sequential:
    layer = nn.Conv2d(width, out, 3, stride=stride, padding=1, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(out), nn.ReLU(inplace=True))


class Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(convolution(width, width), convolution(width, width))

    def forward(self, maps: Tensor) -> Tensor:
        return maps + self.body(maps)


def convnet() -> nn.Sequential:
    """``(r, 1, 28, 28) -> (r, 128)``."""
    layers: list[nn.Module] = [nn.PixelUnshuffle(2)]
    width = 4
    for stage, out in enumerate((16, 48, 128)):
        layers += [convolution(width, out, 1 if stage == 0 else 2), Residual(out)]
        width = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
