"""Real tables, declared as a careful user would: no check may stop a run on one.

They are read from a folder that the caller names, and lie in no checkout: a table that is absent is skipped and named.
Not among them are series whose time was taken out (air, ozone by hour, ridership), panels whose id was (patents), and
neighbouring pixels: a split by chance is too easy on those, and nothing could be declared.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class RealTable:
    """A file `<name>.csv.gz` or a table of scikit-learn's, its target, and what is declared of it."""

    name: str
    target: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        declared = [f"{word}: {', '.join(_listed(value))}" for word, value in self.options.items()]
        return f"{self.name} ({'; '.join(declared)})" if declared else self.name


def _listed(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [f"{name}={word}" for name, word in value.items()]
    return [value] if isinstance(value, str) else list(value)


def locate(table: RealTable, folder: Path | None) -> str | None:
    """Where a run reads the table: `sklearn:NAME`, or a file anywhere below the folder; None where there is none."""
    if table.name.startswith("sklearn:"):
        return table.name
    found = sorted(folder.rglob(f"{table.name}.csv.gz")) if folder is not None else []
    return str(found[0]) if found else None


HONEST = (
    RealTable("sklearn:breast_cancer", "target"),
    RealTable("sklearn:wine", "target"),
    RealTable("sklearn:iris", "target"),
    RealTable("sklearn:digits", "target"),
    RealTable("sklearn:diabetes", "target"),
    RealTable("adult", "income", {"drop": ["split"]}),
    RealTable("bank_marketing", "deposit", {"post_outcome": ["duration"]}),
    RealTable("bike_hour", "cnt", {"time": "dteday", "post_outcome": ["casual", "registered"], "drop": ["instant"]}),
    RealTable("california_housing", "median_house_value"),
    RealTable("diamonds", "price"),
    RealTable("german_credit", "target"),
    RealTable("mammography", "label"),
    RealTable("parkinsons_tele", "total_UPDRS", {"group": "subject"}),
    RealTable("phoneme", "label"),
    RealTable("titanic3", "survived", {"post_outcome": ["boat", "body"], "group": "ticket"}),
    RealTable("caravan_policy", "Purchase"),
    RealTable("cell_segmentation", "class"),
    RealTable("covid_test", "result"),
    RealTable("crash_deaths", "dead"),
    RealTable("credit_card_default", "DEFAULT_PAYMENT_NEXT_MONTH"),
    RealTable("credit_status_es", "Status"),
    RealTable("flchain_death", "death"),
    RealTable("grant_success", "class"),
    RealTable("hmda_deny", "deny"),
    RealTable("jm1_defects", "Class"),
    RealTable("mpls_stop_search", "personSearch"),
    RealTable("online_shoppers", "Revenue", {"post_outcome": ["PageValues"]}),
    RealTable("polish_bankruptcy", "class"),
    RealTable("product_backorders", "went_on_backorder"),
    RealTable("pulsars_htru2", "class"),
    RealTable("qsar_biodeg", "Class"),
    RealTable("resume_callback", "call"),
    RealTable("spambase", "Class"),
    RealTable("taxi_tip", "tip"),
    RealTable("thyroid_sick", "ThryroidClass"),
    RealTable("trump_vote_2016", "votetrump"),
    RealTable("bundesliga_result", "result"),
    RealTable("comics_alignment", "align"),
    RealTable("dry_bean", "Class"),
    RealTable("hpc_jobs", "class"),
    RealTable("leaf_species", "species"),
    RealTable("marketing_income", "class"),
    RealTable("pendigits", "class"),
    RealTable("rodent_species", "species_id"),
    RealTable("splice_dna", "class"),
    RealTable("steel_faults", "fault"),
    RealTable("abalone_rings", "rings", {"types": {"rings": "number"}}),
    RealTable("ames_price", "price"),
    RealTable("cran_check_time", "check_time"),
    RealTable("doctor_visits", "visits", {"types": {"visits": "number"}}),
    RealTable("ford_used_price", "price"),
    RealTable("maize_yield", "yield"),
    RealTable("melbourne_price", "Price"),
    RealTable("movie_rating", "rating"),
    RealTable("power_plant", "HourlyEnergyOutputMW"),
    RealTable("protein_casp", "RMSD"),
    RealTable("star_reading", "read", {"group": "sch"}),
    RealTable("violent_crime", "ViolentCrimesPerPop"),
    RealTable("wine_quality", "quality", {"types": {"quality": "number"}}),
)
