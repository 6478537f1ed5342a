"""recordlinkage on a folder of records: index, compare, classify, as its guides do.

`settings`: `full` (every pair), `blocks` (lists of columns), `neighbours` (columns in whose order records within
`window` are paired), `numbers` (columns), `compare` (method, field, threshold), `mode`, `agreeing` (more features than
these must agree by the rule), `link`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import recordlinkage
from exchange import Record, Row, components, read_labels, run


def cluster(folder: Path, records: list[Record], settings: Row) -> Iterable[Any]:
    """Return a cluster for each record: what hangs together by the pairs that are classified as matches."""
    frame = pd.DataFrame(records)
    for name in settings["numbers"]:
        frame[name] = pd.to_numeric(frame[name])
    frames = [frame]
    if settings["link"]:
        first = frame["source"] == frame["source"].iloc[0]
        frames = [frame[first], frame[~first]]
    index = recordlinkage.Index()
    if settings["full"]:
        index.full()
    for columns in settings["blocks"]:
        index.block(columns)
    for column in settings["neighbours"]:
        index.sortedneighbourhood(column, window=settings["window"])
    pairs = index.index(*frames)
    features = comparison(settings["compare"]).compute(pairs, *frames)
    return components(len(records), classified(folder, features, settings))


def comparison(compare: list[Row]) -> Any:
    """Return the comparisons of a list of definitions."""
    made = recordlinkage.Compare()
    for number, one in enumerate(compare):
        label = f"{number} {one['field']}"
        if one["method"] == "exact":
            made.exact(one["field"], one["field"], label=label)
        elif one["method"] == "geo":
            latitude, longitude = one["columns"]
            made.geo(latitude, longitude, latitude, longitude, method="step", offset=one["kilometres"], label=label)
        else:
            made.string(one["field"], one["field"], method=one["method"], threshold=one["threshold"], label=label)
    return made


def classified(folder: Path, features: Any, settings: Row) -> Any:
    """Return the pairs that match: by a count of agreeing features, by EM, or by a regression on labelled pairs."""
    if settings["mode"] == "ecm":
        return recordlinkage.ECMClassifier().fit_predict(features)
    if settings["mode"] == "logistic":
        labels = read_labels(folder)
        known = [pair for pair in features.index if pair[0] in labels and pair[1] in labels]
        same = [pair for pair in known if labels[pair[0]] == labels[pair[1]]]
        classifier = recordlinkage.LogisticRegressionClassifier()
        golden = features.loc[pd.MultiIndex.from_tuples(known)]
        classifier.fit(golden, pd.MultiIndex.from_tuples(same))
        return classifier.predict(features)
    return features[features.sum(axis=1) > settings["agreeing"]].index


if __name__ == "__main__":
    run("recordlinkage", cluster)
