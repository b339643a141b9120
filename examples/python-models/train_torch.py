"""Stage: a PyTorch network, written as ONNX by torch.onnx."""

import inspect
import io

import onnx
import torch

from stage import log_run, read_parameters, read_training_rows, save_model, write_validation


class Network(torch.nn.Module):
    """Raw columns in, probability out: what the columns are standardized by is part of the model."""

    def __init__(self, rows, hidden_units):
        super().__init__()
        self.register_buffer("mean", rows.mean(dim=0))
        self.register_buffer("scale", rows.std(dim=0))
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(rows.shape[1], hidden_units),
            torch.nn.ReLU(),
            torch.nn.Linear(hidden_units, 1),
        )

    def logits(self, rows):
        return self.layers((rows - self.mean) / self.scale)

    def forward(self, rows):
        return torch.sigmoid(self.logits(rows))


def fit(features, target, losses=None):
    torch.manual_seed(parameters["seed"])
    x = to_tensor(features)
    y = torch.tensor(target.to_list(), dtype=torch.float32).reshape(-1, 1)
    network = Network(x, parameters["hidden_units"])
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=parameters["learning_rate"], weight_decay=parameters["weight_decay"]
    )
    for _ in range(parameters["epochs"]):
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network.logits(x), y)
        loss.backward()
        optimizer.step()
        if losses is not None:
            losses.append(loss.item())
    return network


def predict(network, features):
    return network(to_tensor(features)).flatten().tolist()


def to_tensor(features):
    return torch.tensor(features.to_numpy().tolist())


parameters = read_parameters("torch")
torch.set_num_threads(1)
rows = read_training_rows()
write_validation("torch", rows, fit, predict)
features, target, _ = rows
losses = []
network = fit(features, target, losses)

network.eval()
buffer = io.BytesIO()
# torch 2.9 and later would write by onnxscript, another package.
exporter = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
torch.onnx.export(
    network,
    (to_tensor(features[:2]),),
    buffer,
    input_names=["rows"],
    output_names=["probability"],
    dynamic_axes={"rows": {0: "N"}, "probability": {0: "N"}},
    opset_version=17,
    **exporter,
)
folder = save_model("torch", onnx.load_from_string(buffer.getvalue()), features)
log_run("torch", parameters, losses, folder)
print(f"torch: training log loss {losses[-1]:.4f}")
