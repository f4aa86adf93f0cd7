"""Runs a network on photographs and stores their feature maps, with the images' sizes.

The network is an ONNX file; --output names the layer whose output is the map, (1, channels, height,
width), or with --tokens the tokens of a transformer. It runs in onnxruntime if that is installed,
else in OpenCV. The table is made unless it is there: file, width, height, features. A second run
adds what is missing. A file that is no image is named and skipped.
"""

from pathlib import Path

import numpy as np

from .command_load import grid, map_of_tokens
from .errors import CommandError
from .storing import Store, connected, prepare_table, stored_names

NAME = "describe"
HELP = "run a network on photographs and store their maps"

# Those of ImageNet, on which most networks were trained: RGB in 0..1.
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)


def add_arguments(parser):
    parser.add_argument("table", metavar="TABLE", help="a table, or SCHEMA.TABLE")
    parser.add_argument("sources", metavar="FOLDER_OR_IMAGE", nargs="+", type=Path)
    parser.add_argument("--model", required=True, type=Path, metavar="FILE.onnx")
    parser.add_argument(
        "--output",
        required=True,
        metavar="LAYER",
        help="name of the output, or of the layer in it, that is the map",
    )
    parser.add_argument(
        "--tokens",
        metavar="HxW",
        type=grid,
        help="the output is a transformer's tokens, of which the last H x W are the cells",
    )
    parser.add_argument(
        "--size",
        type=int,
        default=512,
        help="pixels of an image's longer side before the network (default: %(default)s)",
    )
    parser.add_argument(
        "--square",
        action="store_true",
        help="stretch images to a square of that side, for networks of a fixed input",
    )
    parser.add_argument(
        "--multiple",
        type=int,
        default=32,
        help="sides are made multiples of this many pixels (default: %(default)s)",
    )
    parser.add_argument(
        "--mean",
        type=float,
        nargs=3,
        default=MEAN,
        help="subtracted from RGB in 0..1 (default: ImageNet's)",
    )
    parser.add_argument(
        "--std", type=float, nargs=3, default=DEVIATION, help="divided by (default: ImageNet's)"
    )


def images_of(sources):
    """(name as it is stored, path): below a folder, every file that is not hidden."""
    for source in sources:
        if source.is_dir():
            for path in sorted(source.rglob("*")):
                if path.is_file() and not path.name.startswith("."):
                    yield path.relative_to(source).as_posix(), path
        elif source.exists():
            yield source.name, source
        else:
            raise CommandError(f"there is no {source}")


def opened(path):
    """The photograph as one sees it: turned as its EXIF orientation says, RGB."""
    from PIL import Image, ImageOps

    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def network_input(image, options):
    """[1][3][height][width], the network's input."""
    from PIL import Image

    scale = options.size / max(image.size)
    sides = (
        (options.size, options.size) if options.square else (side * scale for side in image.size)
    )
    step = options.multiple
    sides = [max(step, round(side / step) * step) for side in sides]
    pixels = np.asarray(image.resize(sides, Image.Resampling.BICUBIC), dtype=np.float32) / 255
    pixels = (pixels - np.float32(options.mean)) / np.float32(options.std)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])


class OnnxRuntime:
    """A network in onnxruntime; a layer that is no output is made one, which takes onnx."""

    def __init__(self, path, layer):
        import onnxruntime

        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self.layer = layer
        if layer not in [output.name for output in self.session.get_outputs()]:
            import onnx

            model = onnx.load(str(path))
            model.graph.output.extend([onnx.ValueInfoProto(name=layer)])
            self.session = onnxruntime.InferenceSession(
                model.SerializeToString(), providers=["CPUExecutionProvider"]
            )

    def run(self, pixels):
        return self.session.run([self.layer], {self.session.get_inputs()[0].name: pixels})[0]


class OpenCv:
    """A network in OpenCV's module dnn, which names layers after outputs, with a prefix."""

    def __init__(self, path, layer):
        import cv2

        self.network = cv2.dnn.readNetFromONNX(str(path))
        names = self.network.getLayerNames()
        prefixed = [
            name
            for name in names
            if name in (layer, f"onnx_node!{layer}", f"onnx_node_output_0!{layer}")
        ]
        if not prefixed:
            raise CommandError(f"{path} has no layer {layer}, only {', '.join(names)}")
        self.layer = prefixed[0]

    def run(self, pixels):
        self.network.setInput(pixels)
        return self.network.forward(self.layer)


def network(path, layer):
    if not path.exists():
        raise CommandError(f"there is no {path}")
    errors = []
    for kind in (OnnxRuntime, OpenCv):
        try:
            return kind(path, layer)
        except ImportError as error:
            errors.append(str(error))
        except CommandError:
            raise
        except Exception as error:
            raise CommandError(f"{path}: {' '.join(str(error).split())}") from None
    raise CommandError(f"describing takes onnxruntime or OpenCV: {'; '.join(errors)}")


def map_of(output, options):
    if options.tokens:
        return map_of_tokens(output, *options.tokens)
    if output.ndim != 4 or output.shape[0] != 1:
        hint = "; for a transformer's tokens, --tokens HxW" if output.ndim == 3 else ""
        raise CommandError(
            f"layer {options.output} gives an array of shape {output.shape}, no map{hint}"
        )
    return output[0]


def run(options):
    images = list(images_of(options.sources))
    if not images:
        raise CommandError("there are no files in " + ", ".join(map(str, options.sources)))
    model = network(options.model, options.output)
    with connected(options) as connection:
        columns = [
            ("file", "text PRIMARY KEY"),
            ("width", "integer NOT NULL"),
            ("height", "integer NOT NULL"),
            ("features", "featmap NOT NULL"),
        ]
        prepare_table(connection, options.table, columns)
        there = stored_names(connection, options.table)
        missing = [(name, path) for name, path in images if name not in there]
        store = Store(connection, options.table, [name for name, _ in columns], len(missing))
        store.add(rows(missing, model, options, store))
        return store.finish(len(images) - len(missing))


def rows(images, model, options, store):
    from PIL import Image

    for name, path in images:
        try:
            image = opened(path)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            store.report_bad(name, error)
            continue
        try:
            features = map_of(model.run(network_input(image, options)), options)
        except CommandError:
            raise
        except Exception as error:
            # what a network raises for an input it does not take is its library's own
            store.report_bad(name, error)
            continue
        yield (name, *image.size, np.array(features))
