"""Scores a Parquet file with onnxruntime in batches, one thread, as one would write it: pyarrow in, pyarrow out."""

import sys

import numpy as np
import onnxruntime
import pyarrow as pa
import pyarrow.parquet as pq

model, source, target = sys.argv[1:]
pa.set_cpu_count(1)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
schema = pa.schema([("id", pa.int64()), ("probability", pa.float32())])
with pq.ParquetWriter(target, schema, compression="zstd") as writer:
    for batch in pq.ParquetFile(source).iter_batches(batch_size=65_536, use_threads=False):
        inputs = [column for column in batch.schema.names if column != "id"]
        rows = np.column_stack([batch.column(column).to_numpy(zero_copy_only=False) for column in inputs])
        (scores,) = session.run(None, {name: rows.astype(np.float32)})
        arrays = [batch.column("id"), pa.array(scores.reshape(-1), pa.float32())]
        writer.write_batch(pa.record_batch(arrays, schema=schema))
print(onnxruntime.__version__)
