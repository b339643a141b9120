"""Evidently's own tests, and scipy's statistics below them: reads cases as JSON, writes an answer for each."""

import json
import sys
import warnings
from collections import Counter

warnings.simplefilter("ignore")

import numpy as np
import pandas as pd
from scipy import stats
from evidently.legacy.calculations.stattests.registry import get_registered_stattest
from evidently.legacy.core import ColumnType

statistics = {
    "ks": lambda a, b: stats.ks_2samp(a, b).statistic,
    "t_test": lambda a, b: stats.ttest_ind(a, b).statistic,
    "mannw": lambda a, b: stats.mannwhitneyu(a, b, alternative="less").statistic,
    "anderson": lambda a, b: stats.anderson_ksamp([a, b]).statistic,
    "cramer_von_mises": lambda a, b: stats.cramervonmises_2samp(a, b).statistic,
    "es": lambda a, b: stats.epps_singleton_2samp(a, b).statistic,
}


def series(values, dtype):
    return pd.Series(values, dtype={"int": "int64", "float": "float64", "text": "object"}[dtype])


def counts(reference, current):
    sides = [Counter(reference), Counter(current)]
    keys = sorted(sides[0] | sides[1])
    return [[side[key] for key in keys] for side in sides]


def beyond_evidently(name, reference, current, threshold):
    """The tests that Evidently refuses for samples of different sizes."""
    before, after = counts(reference, current)
    if name == "fisher_exact":
        p = stats.fisher_exact([before, after])[1]
    else:
        expected = np.array(before) * (sum(after) / sum(before))
        p = stats.power_divergence(after, expected, lambda_="log-likelihood")[1]
    return p, p < threshold


def exactly_cramer_von_mises(reference, current, threshold):
    """Evidently's copy of scipy's exact test counts in integers that are too small, or fails."""
    p = stats.cramervonmises_2samp(reference, current).pvalue
    return p, p <= threshold


def answer(case):
    name, threshold = case["name"], case["threshold"]
    reference, current = (series(case[side], case["dtype"]) for side in ("reference", "current"))
    kind = ColumnType.Numerical if case["numerical"] else ColumnType.Categorical
    if name in ("fisher_exact", "g_test") and len(reference) != len(current):
        score, drifted = beyond_evidently(name, reference, current, threshold)
    elif name == "cramer_von_mises" and max(len(reference), len(current)) <= 20:
        score, drifted = exactly_cramer_von_mises(reference, current, threshold)
    else:
        # A test that Evidently offers for categories only is called for numbers all the same by its default choice.
        kinds = [kind, ColumnType.Categorical, ColumnType.Numerical]
        for known in kinds:
            try:
                test = get_registered_stattest(name, known)
                break
            except ValueError:
                continue
        result = test(reference.copy(), current.copy(), kind, threshold)
        score, drifted = result.drift_score, result.drifted
    statistic = statistics[name](reference, current) if name in statistics else None
    return {"score": number(score), "drifted": bool(drifted), "statistic": number(statistic)}


def number(value):
    if value is None or np.isnan(value):
        return None
    return float(value) if np.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")


def guarded(case):
    try:
        return answer(case)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


json.dump([guarded(case) for case in json.load(sys.stdin)], sys.stdout)
