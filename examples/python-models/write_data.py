"""Stage: the breast cancer data set that comes with scikit-learn, as the CSV file that mlpt ingests."""

from pathlib import Path

from sklearn.datasets import load_breast_cancer

rows = load_breast_cancer(as_frame=True)
table = rows.data.rename(columns=lambda name: name.replace(" ", "_"))
table.insert(0, "id", range(1, len(table) + 1))
# scikit-learn counts malignant as 0.
table["malignant"] = 1 - rows.target
Path("data/source").mkdir(parents=True, exist_ok=True)
table.to_csv("data/source/breast_cancer.csv", index=False)
