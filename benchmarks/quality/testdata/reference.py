"""Fits interpret-core's EBM on the rows that `quality -rows FOLDER` leaves, and writes interpret.json.

    pip install interpret-core==0.7.8 scikit-learn
    go run ./benchmarks/quality -data DATA -rows FOLDER; python reference.py FOLDER > interpret.json

It has interpret's defaults and the columns that were fitted on there: calendar columns are left out on both sides.
"""
import importlib.metadata, json, sys
import numpy as np, pandas as pd
from interpret.glassbox import ExplainableBoostingClassifier
from sklearn.metrics import average_precision_score, roc_auc_score

CALENDAR = {"claimMonth", "claimWeekOfMonth", "claimWeekday", "lossWeekOfMonth", "lossWeekday"}


def figures(path):
    rows = pd.read_csv(path, keep_default_na=False, low_memory=False)
    fraud = rows.fraud.astype(str).str.lower().eq("true").to_numpy()
    columns, kinds = {}, []
    for head in rows.columns[4:]:
        kind, name = head.split(":", 1)
        if name.removeprefix("attributes.") in CALENDAR or rows[head].nunique() < 2:
            continue
        if kind == "number":
            columns[name] = pd.to_numeric(rows[head].replace("", np.nan))
            kinds.append("continuous")
        else:
            columns[name] = rows[head].replace("", "(missing)").astype(str)
            kinds.append("nominal")
    x = pd.DataFrame(columns)
    auc, ap = [], []
    for fold in sorted(rows.fold.unique()):
        fit = ((rows.fold == fold) & (rows["for"] == "fit")).to_numpy()
        judge = ((rows.fold == fold) & (rows["for"] == "judge")).to_numpy()
        m = ExplainableBoostingClassifier(feature_types=kinds, n_jobs=1, random_state=1).fit(x[fit], fraud[fit])
        p = m.predict_proba(x[judge])[:, 1]
        auc.append(roc_auc_score(fraud[judge], p))
        ap.append(average_precision_score(fraud[judge], p))
    return {"AUC": round(float(np.mean(auc)), 4), "AP": round(float(np.mean(ap)), 4)}


json.dump({"version": importlib.metadata.version("interpret-core"), "Time": figures(sys.argv[1] + "/time.csv"),
           "Random": figures(sys.argv[1] + "/random.csv")}, sys.stdout, indent=1)
