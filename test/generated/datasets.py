"""Datasets of every kind that a pipeline can be built from, each with a stated seed: python datasets.py FOLDER NAME | shuffle FILE COLUMN OUT."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20_261_125


def chance(logit: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logit))


def imbalanced(random: np.random.Generator) -> pd.DataFrame:
    """1.5 % positives; amount and channel tell, the hour interacts with the channel."""
    rows = 8000
    amount, age, hour = random.lognormal(4, 1, rows), random.integers(18, 90, rows), random.integers(0, 24, rows)
    channel = random.choice(["web", "shop", "phone"], rows, p=[0.6, 0.3, 0.1])
    logit = -6.6 + 0.9 * (np.log(amount) - 4) + 1.5 * (channel == "phone") + 2.0 * ((channel == "web") & (hour < 5))
    return pd.DataFrame({"amount": amount.round(2), "age": age, "hour": hour, "channel": channel,
                         "fraud": np.where(random.random(rows) < chance(logit), "yes", "no")})


def classes(random: np.random.Generator) -> pd.DataFrame:
    """Four classes, one of them called None and one with 1.5 % of the rows."""
    rows = 3000
    label = random.choice(["None", "Low", "High", "Severe"], rows, p=[0.2, 0.485, 0.3, 0.015])
    level = pd.Series(label).map({"None": 0, "Low": 1, "High": 2, "Severe": 3}).to_numpy()
    return pd.DataFrame({"pressure": (level + random.normal(0, 0.9, rows)).round(3), "flow": random.normal(0, 1, rows).round(3),
                         "site": np.where(random.random(rows) < 0.15 + 0.2 * level, "north", random.choice(["south", "east"], rows)),
                         "alarm_level": label})


def skewed(random: np.random.Generator) -> pd.DataFrame:
    """A target with negative values and a long tail on the left."""
    rows = 4000
    size, age = random.lognormal(3, 0.6, rows), random.uniform(0, 40, rows)
    kind = random.choice([f"type {n}" for n in range(30)], rows)
    effect = pd.Series(kind).map({f"type {n}": e for n, e in enumerate(random.normal(0, 12, 30))}).to_numpy()
    loss = 20 + effect - random.lognormal(2.2, 0.8, rows) - 0.9 * size * (age > 20)
    return pd.DataFrame({"size": size.round(2), "age_years": age.round(1), "kind": kind, "result": loss.round(3)})


def seasonal(random: np.random.Generator) -> pd.DataFrame:
    """Ordered in time, with season, weekday and a level that moves."""
    days = pd.date_range("2019-01-01", periods=2200, freq="D")
    promo, price = random.random(2200) < 0.2, random.normal(10, 1.2, 2200)
    level = 60 + 12 * np.sin(2 * np.pi * days.day_of_year / 365) + 9 * (days.day_of_week >= 5) + 15 * promo - 4 * (price - 10)
    return pd.DataFrame({"day": days.strftime("%Y-%m-%d"), "price": price.round(2), "promotion": np.where(promo, "true", "false"),
                         "sales": (level + random.normal(0, 6, 2200) + np.linspace(0, 4, 2200)).round(1)})


def groups(random: np.random.Generator) -> pd.DataFrame:
    """Visits of 220 customers who must not stand on both sides of a split: each has a level of its own."""
    rows, customers = 4000, 220
    who = random.integers(0, customers, rows)
    plan, own = random.choice(["basic", "plus", "pro"], customers), random.normal(0, 1, customers)
    calls = random.poisson(2, rows)
    logit = -1 + 0.7 * calls - 1.6 * (plan[who] == "pro") + own[who]
    return pd.DataFrame({"customer_id": [f"C{n:04d}" for n in who], "plan": plan[who], "support_calls": calls,
                         "usage": random.gamma(2, 3, rows).round(2), "left": np.where(random.random(rows) < chance(logit), 1, 0)})


def tiny(random: np.random.Generator) -> pd.DataFrame:
    """200 rows with one strong column."""
    dose, weight = random.uniform(0, 10, 200), random.normal(70, 12, 200)
    return pd.DataFrame({"dose": dose.round(2), "weight": weight.round(1), "ward": random.choice(["a", "b"], 200),
                         "recovered": np.where(random.random(200) < chance(1.1 * (dose - 5)), "yes", "no")})


def database(random: np.random.Generator) -> pd.DataFrame:
    """The same with a key, so that changes can come in one by one."""
    return tiny(random).assign(visit_no=[f"V{n:05d}" for n in range(200)])


def wide(random: np.random.Generator) -> pd.DataFrame:
    """250 columns, five of which tell."""
    rows = 1000
    values = random.normal(0, 1, (rows, 250))
    logit = values[:, :5] @ np.array([1.5, -1.2, 1.0, 0.9, -0.8])
    df = pd.DataFrame(values.round(4), columns=[f"sensor {n:03d}" for n in range(250)])
    return df.assign(failed=np.where(random.random(rows) < chance(logit), "failed", "fine"))


def mixed(random: np.random.Generator) -> pd.DataFrame:
    """Values that are missing because of the outcome's cause, free text, dates, a category of many values, duplicated rows."""
    rows = 3000
    income, town = random.lognormal(10, 0.5, rows), random.integers(0, 300, rows)
    risk = random.normal(0, 1, 300)[town] + (income < 15_000) * 1.2
    hidden = random.random(rows) < chance(risk - 1)  # the poor leave it out
    words = np.array("roof window door garden paint water heat floor wall light".split())
    text = [" ".join(random.choice(words, 9)) + f" {n}" for n in range(rows)]
    opened = pd.Timestamp("2021-03-01") + pd.to_timedelta(random.integers(0, 900, rows), "D")
    df = pd.DataFrame({"income": np.where(hidden, None, income.round(0)), "town": [f"town {n}" for n in town], "note": text,
                       "opened": opened.strftime("%Y-%m-%d"), "visits": np.where(random.random(rows) < 0.1, None, random.poisson(3, rows)),
                       "defaulted": np.where(random.random(rows) < chance(risk - 1.3 + 1.2 * hidden), "yes", "no")})
    return pd.concat([df, df.head(40)], ignore_index=True)


def flags(random: np.random.Generator) -> pd.DataFrame:
    """Nothing but booleans, the target too; two of them only tell together."""
    rows = 2500
    on = random.random((rows, 6)) < [0.5, 0.5, 0.3, 0.8, 0.05, 0.5]
    logit = -1.2 + 2.2 * (on[:, 0] ^ on[:, 1]) + 1.3 * on[:, 2]
    df = pd.DataFrame(on.astype(object), columns=[f"has_{name}" for name in ("alarm", "guard", "dog", "lamp", "safe", "fence")])
    df.loc[random.random(rows) < 0.08, "has_dog"] = None
    return df.assign(burgled=random.random(rows) < chance(logit))


def personal(random: np.random.Generator) -> pd.DataFrame:
    """Orders of 400 people who are named, mailed and phoned in every row: the mail is what tells them apart."""
    rows, people = 4000, 400
    who = random.integers(0, people, rows)
    own, town = random.normal(0, 0.8, people), random.choice(["Oslo", "Turin", "Porto"], people)
    items, late = random.poisson(3, rows) + 1, random.random(rows) < 0.2
    logit = -1.6 + 0.25 * items + 1.3 * late + own[who]
    first = ["Astrid", "Bruno", "Chiara", "Dario", "Elena", "Farid", "Greta", "Hugo"]
    last = ["Planter", "Quist", "Rossi", "Salvo", "Tanner", "Ulmer", "Verdi", "Wood"]
    names = [f"{first[n % 8]} {last[n // 8 % 8]}" for n in range(people)]
    return pd.DataFrame({"customer_email": [f"person{n:03d}@planted.example" for n in who], "customer_name": [names[n] for n in who],
                         "phone": [f"+47 22 {n // 100:02d} {n % 100:02d} {n % 90 + 10}" for n in who], "town": town[who], "items": items,
                         "late": np.where(late, "yes", "no"), "returned": np.where(random.random(rows) < chance(logit), "yes", "no")})


def joined(random: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Deliveries, with the latest reading of their van before them (as-of) and what is always known about it; German numbers."""
    rows, vans = 3000, 40
    start = pd.Timestamp("2023-01-01")
    readings = pd.DataFrame({"van": np.repeat(np.arange(vans), 60), "at": np.tile(np.arange(60) * 12, vans)})
    readings["wear"] = random.gamma(2, 1.5, len(readings)).round(2)
    readings["at"] = start + pd.to_timedelta(readings["at"] + random.integers(0, 12, len(readings)), "D")
    orders = pd.DataFrame({"van": random.integers(0, vans, rows), "ordered": start + pd.to_timedelta(random.integers(5, 720, rows), "D")})
    orders["ordered"] += pd.to_timedelta(random.integers(0, 24 * 60, rows), "m")
    left, right = orders.reset_index().sort_values("ordered"), readings.sort_values("at")
    known = pd.merge_asof(left, right, left_on="ordered", right_on="at", by="van").set_index("index")["wear"].reindex(orders.index)
    age = random.integers(1, 15, vans)
    distance = random.gamma(3, 8, rows).round(1)
    logit = -3.4 + 0.6 * known.fillna(3) + 0.12 * age[orders["van"]] + 0.02 * distance
    german = orders.assign(distance=[f"{x:.1f}".replace(".", ",") for x in distance], ordered=orders["ordered"].dt.strftime("%d.%m.%Y %H:%M"),
                           broke_down=np.where(random.random(rows) < chance(logit), "yes", "no"))
    wear = readings.assign(wear=[f"{x:.2f}".replace(".", ",") for x in readings["wear"]], at=readings["at"].dt.strftime("%d.%m.%Y"))
    return {"": german, "readings": wear, "vans": pd.DataFrame({"van": range(vans), "age_years": age, "maker": random.choice(["A", "B"], vans)})}


def public(name: str) -> pd.DataFrame:
    """Public sets that scikit-learn ships (breast cancer and wine: UCI, CC BY 4.0; diabetes: Efron et al. 2004; digits: UCI)."""
    from sklearn import datasets

    found = getattr(datasets, f"load_{name}")(as_frame=True)
    target = found.target if name == "diabetes" else found.target.map(lambda n: str(found.target_names[n]))
    return found.data.assign(outcome=target)


MADE = {"imbalanced": imbalanced, "classes": classes, "skewed": skewed, "seasonal": seasonal, "groups": groups, "tiny": tiny,
        "wide": wide, "mixed": mixed, "flags": flags, "personal": personal, "database": database}
SEVERAL = {"joined": joined}
PUBLIC = ("breast_cancer", "wine", "diabetes", "digits")


def main(arguments: list[str]) -> int:
    if arguments[0] == "shuffle":
        _, source, column, out = arguments
        if source.endswith(".parquet"):
            df = pd.read_parquet(source)
            df[column] = np.random.default_rng(SEED).permutation(df[column].to_numpy())
            df.to_parquet(out, index=False)
            return 0
        mark = ";" if ";" in Path(source).open(encoding="utf-8").readline() else ","
        df = pd.read_csv(source, dtype=str, keep_default_na=False, sep=mark)
        df[column] = np.random.default_rng(SEED).permutation(df[column].to_numpy())
        df.to_csv(out, index=False, sep=mark)
        return 0
    folder, name = Path(arguments[0]), arguments[1]
    if name in SEVERAL:
        for part, df in SEVERAL[name](np.random.default_rng(SEED)).items():
            df.to_csv(folder / f"{name}{'-' if part else ''}{part}.csv", index=False, sep=";")
        return 0
    position = [*MADE, *PUBLIC].index(name)
    df = public(name) if name in PUBLIC else MADE[name](np.random.default_rng(SEED + position))
    df.to_csv(folder / f"{name}.csv", index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
