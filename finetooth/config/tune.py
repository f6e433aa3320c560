"""What a user may ask for. Each section belongs to one stage; the whole is the form in the Prefect UI."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from finetooth.config.data import DataConfig
from finetooth.config.section import ConfigSection
from finetooth.records import Value, Waiver, digest


class MetricName(StrEnum):
    """What is tuned for."""

    AUTO = "auto"
    ROC_AUC = "roc_auc"
    AVERAGE_PRECISION = "average_precision"
    LOG_LOSS = "log_loss"
    BRIER = "brier"
    ACCURACY = "accuracy"
    BALANCED_ACCURACY = "balanced_accuracy"
    F1 = "f1"
    ROC_AUC_OVR = "roc_auc_ovr"
    RMSE = "rmse"
    MAE = "mae"
    R2 = "r2"


class Method(StrEnum):
    """How a search proposes what to try next."""

    RANDOM = "random"
    SOBOL = "sobol"
    LATIN = "latin"
    GRID = "grid"
    MANUAL = "manual"
    GENETIC = "genetic"
    GENETIC_PLAIN = "genetic-plain"
    TPE = "tpe"
    GP = "gp"
    CMAES = "cmaes"
    HALVING = "halving"
    HYPERBAND = "hyperband"
    POPULATION = "population"


ModelInput = Literal["auto", "frame", "codes", "prepared"]
Unseen = Literal["auto", "times", "groups", "both"]


class ModelConfig(ConfigSection):
    """The model, and what may be tried."""

    name: str = Field("xgboost", title="Model")
    """xgboost, hist_gradient_boosting, forest, linear, svm, nystroem, mlp, or package.module:NAME of your own."""
    space: str | None = Field(None, title="Space")
    """A YAML file with a space of your own, or package.module:NAME of one; left empty, the family's own space."""
    constants: dict[str, Value] = Field(default_factory=dict, title="Fixed parameters")
    """Parameters that every candidate gets as they are, instead of being searched."""
    input: ModelInput = Field("auto", title="Input")
    """What a model of your own gets: frame (named columns), codes (with gaps), prepared (imputed, one-hot, scaled)."""


class SplitConfig(ConfigSection):
    """How rows are held apart."""

    holdout: float = Field(0.2, gt=0, lt=1, title="Share of rows sealed")
    """The share of rows that goes into the vault, for the final comparison alone."""
    group: str | None = Field(None, title="Group column")
    """Rows of one group (a patient, a customer) stay on one side."""
    time: str | None = Field(None, title="Time column")
    """Rows are split by time: the newest are sealed, and folds test on what comes after."""
    horizon: str | None = Field(None, title="Label horizon")
    """How long after its time a row's label is known, such as 7d or 12h (or a number, in the column's unit)."""
    embargo: str | None = Field(None, title="Embargo")
    """The gap between training and testing rows; left empty, the horizon or 1 % of the span, whichever is longer."""
    unseen: Unseen = Field("auto", title="What is new in use")
    """With group and time: times (known groups, later), groups (new ones, at any time) or both; auto: what is named."""
    stratify: bool = Field(True, title="Stratify")
    """Keep the target's distribution alike on both sides (not with a time column)."""

    @property
    def by_group(self) -> str | None:
        """The column whose groups are held apart: none where the model will meet the same groups at later times."""
        return None if self.unseen == "times" else self.group

    @property
    def by_time(self) -> str | None:
        """The column whose times are held apart: none where the model will meet new groups at any time."""
        return None if self.unseen == "groups" else self.time

    @property
    def new_in_use(self) -> str | None:
        """What is new in the sealed rows, in words; None where they are other rows and no more."""
        if self.by_time is not None:
            return "new groups at later times" if self.by_group is not None else "later times"
        return "new groups" if self.by_group is not None else None


class LeakageConfig(ConfigSection):
    """What is known of the columns, and what is accepted."""

    post_outcome: tuple[str, ...] = Field((), title="Known only afterwards")
    """Columns whose value is known only after the outcome: they are left out of the features."""
    allow: tuple[Waiver, ...] = Field((), title="Waivers")
    """Findings that are known and accepted, each with a reason; they are printed in the verdict."""


class CoarseConfig(ConfigSection):
    """Search on one shared subset of the rows."""

    trials: int = Field(16, ge=1, title="Trials")
    """How many trials; every fourth tries a promising candidate on all rows. What is left goes to the refinement."""
    rows: float = Field(0.25, gt=0, le=1, title="Share of rows")
    """The share of development rows in the subset; where it would be more than half of them, the stage is skipped."""
    least_rows: int = Field(2000, ge=20, title="Fewest rows")
    """The subset has at least this many rows."""
    folds: int = Field(3, ge=2, title="Folds")
    """Cross-validation folds, shuffled anew for each trial."""
    method: Method = Field(Method.SOBOL, title="Method")
    """How it proposes: sobol and random spread evenly; the others follow the scores."""


class RefineConfig(ConfigSection):
    """Genetic search on all development rows."""

    trials: int = Field(24, ge=2, title="Trials")
    """How many candidates are tried."""
    folds: int | None = Field(None, ge=2, title="Folds")
    """Cross-validation folds, the same for all trials; left empty, 5, or 3 from 10,000 rows on."""
    window: int = Field(8, ge=1, title="Window")
    """Proposal n sees the trials up to n - window, so at most this many are under way. Part of the answer."""
    method: Method = Field(Method.GENETIC, title="Method")
    """How it proposes; genetic is measured to be the best here. gp and cmaes need a package of their own."""
    known: tuple[dict[str, Value], ...] = Field((), title="First candidates")
    """Parameters to try before anything is proposed, such as those around an earlier model's; each a full set."""
    seconds: float | None = Field(None, gt=0, title="Time limit in seconds")
    """No trial of a search is started after this; where it cut is recorded, so that the run can be repeated."""
    cost: float | None = Field(None, ge=2, title="Budget in full fits")
    """Both searches spend at most this; a trial counts by its share of rows, folds and rounds, on any machine alike."""
    stop_early: bool = Field(True, title="Stop early")
    """The search ends when what it can still expect to gain is far below the noise of its scores."""


class ReplicateConfig(ConfigSection):
    """The best and the default again, on fresh folds with fresh seeds."""

    finalists: int = Field(10, ge=1, title="Finalists")
    """How many of the best candidates are compared with the default."""
    repeats: int = Field(4, ge=2, title="Repeats")
    """How many fresh shuffles."""
    folds: int = Field(5, ge=2, title="Folds")
    """Folds in each."""


class ValidateConfig(ConfigSection):
    """The final comparison on the sealed rows."""

    seeds: int = Field(5, ge=2, title="Paired seeds")
    """Fits of tuned and default with the same seeds; doubled when the seeds matter much."""
    bootstrap: int = Field(2000, ge=200, title="Bootstrap draws")
    """Draws of the two-way bootstrap over rows and seeds."""
    min_gain: float | None = Field(None, ge=0, title="Smallest gain that matters")
    """In the metric's unit; left empty, .002 for bounded scores and .5 % of the default's loss otherwise."""
    slices: tuple[str, ...] = Field((), title="Slices")
    """Columns by whose values the gain is shown apart, such as sex or region; numbers are cut into quarters."""
    again: bool = Field(False, title="Open the vault again")
    """Compare on sealed rows that another run has seen: a further look, for which the interval gets wider."""


class ClusterConfig(ConfigSection):
    """Where trials run. Nothing here changes the answer."""

    workers: int | None = Field(None, ge=1, title="Workers")
    """Local workers; left empty, one a core."""
    scheduler: str | None = Field(None, title="Dask scheduler")
    """The address of a running Dask scheduler, such as tcp://host:8786; left empty, a local cluster is started."""
    processes: bool | None = Field(None, title="Worker processes")
    """Local workers as processes instead of threads; left empty, as fits the model."""


class OutputConfig(ConfigSection):
    """Where results are written. Nothing that is there is overwritten."""

    folder: str = Field("runs", title="Folder of runs")
    """Each run gets a folder of its own in here."""
    run: str | None = Field(None, title="Run name")
    """The run's own folder; left empty, it is made from the name and the time."""


class RegistryConfig(ConfigSection):
    """Where models that may serve are kept."""

    model: str | None = Field(None, title="Register as", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """The model's name in the registry; left empty, the run keeps its model to itself."""
    location: str = Field("models", title="Registry")
    """A folder, or any fsspec URL such as s3://bucket/models."""


class TrackingConfig(ConfigSection):
    """Where else runs are shown: in Prometheus while they work, elsewhere once they have ended."""

    mlflow: str | None = Field(None, title="MLflow server")
    """Its address, such as http://127.0.0.1:5000; needs the extra 'mlflow'."""
    wandb: str | None = Field(None, title="Weights & Biases project")
    """The project, or entity/project; needs the extra 'wandb'. WANDB_MODE=offline keeps runs on this machine."""
    experiment: str = Field("finetooth", title="Experiment")
    """MLflow's experiment, or the group of runs in Weights & Biases."""
    metrics_port: int | None = Field(None, ge=1, le=65535, title="Metrics port")
    """Where Prometheus can read how the run goes, while it works; left empty, nowhere."""
    metrics_address: str = Field("127.0.0.1", title="Metrics address")
    """Who can read it there: this machine alone, or with 0.0.0.0 every machine that reaches it."""


class TuneConfig(ConfigSection):
    """A tuning run from the table to the verdict."""

    name: str = Field("tune", title="Name", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """What the run is called."""
    seed: int = Field(0, ge=0, title="Seed")
    """The root of every random number: the same seed gives the same answer."""
    metric: MetricName = Field(MetricName.AUTO, title="Metric")
    """auto: AUC for two classes, log loss for more, RMSE for numbers."""
    data: DataConfig = Field(default_factory=DataConfig, title="Data")
    model: ModelConfig = Field(default_factory=ModelConfig, title="Model")
    split: SplitConfig = Field(default_factory=SplitConfig, title="Split")
    leakage: LeakageConfig = Field(default_factory=LeakageConfig, title="Leakage")
    coarse: CoarseConfig = Field(default_factory=CoarseConfig, title="Coarse search")
    refine: RefineConfig = Field(default_factory=RefineConfig, title="Refinement")
    replicate: ReplicateConfig = Field(default_factory=ReplicateConfig, title="Replication")
    validation: ValidateConfig = Field(default_factory=ValidateConfig, title="Validation")
    cluster: ClusterConfig = Field(default_factory=ClusterConfig, title="Cluster")
    output: OutputConfig = Field(default_factory=OutputConfig, title="Output")
    registry: RegistryConfig = Field(default_factory=RegistryConfig, title="Registry")
    tracking: TrackingConfig = Field(default_factory=TrackingConfig, title="Tracking")


def answer(config: TuneConfig) -> dict[str, Any]:
    """The part of a configuration that the answer depends on: not where trials run, nor where files are written."""
    return config.model_dump(mode="json", exclude={"cluster", "output", "registry", "tracking", "name"})


def identity(config: TuneConfig) -> str:
    """The digest of all that the answer depends on: two runs with the same one are the same run."""
    # A further look is the same look again, and slices are shown beside the answer, which they do not change.
    shown: dict[str, Any] = {"again": False, "slices": ()}
    once = config.model_copy(update={"validation": config.validation.model_copy(update=shown)})
    return digest(answer(once))
