"""Fits scikit-learn's logistic and ridge regressions on the design that it is given; CPU seconds of each fit, one thread."""

import json
import sys
import time
import warnings

import numpy as np
import sklearn
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression, Ridge

warnings.simplefilter("ignore")
given = json.load(sys.stdin)
shape = (given["rows"], given["columns"])
sparse = csr_matrix((given["values"], given["columnOf"], given["starts"]), shape=shape)
dense = sparse.toarray()
labels, quantity = np.array(given["labels"]), np.array(given["quantity"])


def measure(model, x, y):
    start = time.process_time()
    model.fit(x, y)
    return time.process_time() - start, model


def logistic(solver):
    return LogisticRegression(C=1, solver=solver, max_iter=1000)


fits = {
    "logistic, lbfgs, sparse": lambda: measure(logistic("lbfgs"), sparse, labels),
    "logistic, lbfgs, dense": lambda: measure(logistic("lbfgs"), dense, labels),
    "logistic, newton-cholesky, dense": lambda: measure(logistic("newton-cholesky"), dense, labels),
    "ridge, cholesky, dense": lambda: measure(Ridge(alpha=1, solver="cholesky"), dense, quantity),
    "ridge, sparse": lambda: measure(Ridge(alpha=1), sparse, quantity),
}
exact = LogisticRegression(C=1, solver="newton-cholesky", tol=1e-10, max_iter=1000).fit(dense, labels)
print(
    json.dumps(
        {
            "version": sklearn.__version__,
            "coefficients": exact.coef_[0].tolist(),
            "cpuSeconds": {name: [fit()[0] for _ in range(given["rounds"])] for name, fit in fits.items()},
        }
    )
)
