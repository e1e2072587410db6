"""Makes vectors.csv: 3,000 made-up rows and what interpret-core's EBM says of the last third, fitted on the first two.

    pip install interpret-core==0.7.8 scikit-learn
    python vectors.py > vectors.csv
"""
import sys
import numpy as np, pandas as pd
from interpret.glassbox import ExplainableBoostingClassifier

r = np.random.default_rng(17)
n = 3000
a, b, c = r.normal(0, 1, n).round(2), r.uniform(0, 10, n).round(1), r.integers(0, 60, n)
kind = r.choice(list("uvwxyz"), n)
place = r.choice(list("pqr"), n)
b[r.random(n) < 0.1] = np.nan
logit = -2.6 + 0.6 * np.abs(a) + 1.1 * (np.nan_to_num(b, nan=5) > 7) + 0.9 * np.isnan(b) + 1.2 * (kind == "w") + 1.0 * ((kind == "x") & (place == "q")) - 0.5 * (c > 40)
fraud = r.random(n) < 1 / (1 + np.exp(-logit))
x = pd.DataFrame({"number:a": a, "number:b": b, "number:c": c, "category:kind": kind, "category:place": place})
m = ExplainableBoostingClassifier(feature_types=["continuous"] * 3 + ["nominal"] * 2, interactions=3, random_state=1, n_jobs=1).fit(x[:2000], fraud[:2000])
x["fraud"] = fraud.astype(int)
x["interpret"] = ""
x.loc[2000:, "interpret"] = [f"{v:.5f}" for v in m.predict_proba(x.loc[2000:, x.columns[:5]])[:, 1]]
x.to_csv(sys.stdout, index=False)
