"""Fits the peers' models with their defaults on the folds 1 to 4 of a feature table and scores fold 0."""

import json
import sys

import lightgbm
import pandas as pd
import sklearn
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

table = pd.read_parquet(sys.argv[1])
target = "default.payment.next.month"
coded = ["SEX", "EDUCATION", "MARRIAGE", "PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6"]
features = [name for name in table.columns if name not in ("row", "fold", target)]
x = table[features].astype({name: "category" for name in coded})
train, test = table.fold != 0, table.fold == 0

encoder = make_column_transformer(
    (OneHotEncoder(handle_unknown="ignore"), coded), remainder=StandardScaler()
)
models = {
    f"scikit-learn {sklearn.__version__} LogisticRegression, one-hot and standardized": make_pipeline(
        encoder, LogisticRegression(max_iter=2000)
    ),
    f"scikit-learn {sklearn.__version__} MLPClassifier with early stopping, one-hot and standardized": make_pipeline(
        encoder, MLPClassifier(early_stopping=True, random_state=0)
    ),
    f"scikit-learn {sklearn.__version__} HistGradientBoostingClassifier": HistGradientBoostingClassifier(
        categorical_features="from_dtype", random_state=0
    ),
    f"LightGBM {lightgbm.__version__} LGBMClassifier": lightgbm.LGBMClassifier(verbose=-1, random_state=0),
}
scores = {}
for name, model in models.items():
    model.fit(x[train], table[target][train])
    probability = model.predict_proba(x[test])[:, 1]
    scores[name] = {
        "roc_auc": roc_auc_score(table[target][test], probability),
        "log_loss": log_loss(table[target][test], probability),
    }
print(json.dumps(scores))
