"""Where things are and what the installation chose: the only place that reads the environment.

What belongs here: paths under `DOUDI_HOME`, the database URL, the time zone. Numbers of policy stand
in `rules/parameters/`, never here.
"""

import os
from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Settings", "environment", "settings"]


class Settings(BaseSettings):
    """Settings of one installation; each can be given as an environment variable `DOUDI_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="DOUDI_", frozen=True)

    home: Path = Field(default_factory=lambda: Path.cwd() / "data", description="State of the installation")
    landing: Path | None = Field(default=None, description="Where departments deliver; default <home>/landing")
    database_url: str = Field(default="", description="SQLAlchemy URL of the registry; default SQLite in <home>")
    dagster_database_url: str = Field(default="", description="PostgreSQL URL of Dagster's storage; default files")
    identity_key: str = Field(default="", description="Key of the person keys (hex); default <home>/identity.key")
    archive_key_file: Path | None = Field(default=None, description="Master key of the archive; default <home>/keys")
    anchors: Path | None = Field(default=None, description="Anchors of the audit chain; default <home>/anchors.jsonl")
    agreements: Path | None = Field(
        default=None, description="Sharing agreements by feed; default agreements.yaml beside the landing folder"
    )
    timezone: str = Field(default="Asia/Shanghai", description="Time zone of the bureau")
    first_month: str = Field(default="2021-01", description="First month for which editions can be computed")
    district_code: str = Field(default="330108", description="GB/T 2260 code of the district")
    district_name: str = Field(default="滨江区", description="Name of the district")
    openlineage: str = Field(default="", description="File or http(s) address that gets lineage as OpenLineage events")
    contact: str = Field(default="", description="Telephone, address and hours that letters name for questions")
    reading_memory_mb: int = Field(default=4096, ge=1024, description="Memory for reading one workbook, in MB")
    reading_seconds: int = Field(default=300, ge=1, description="Computing time for reading one workbook")
    reading_cells: int = Field(default=50_000_000, ge=1, description="Cells that a sheet may span, empty ones included")
    reading_unpacked_mb: int = Field(default=2048, ge=1, description="What a workbook or ZIP may unpack to, in MB")
    reading_ratio: int = Field(default=200, ge=1, description="How many times its size a large one may unpack to")
    reading_members: int = Field(default=1000, ge=1, description="Parts of a workbook, files in a ZIP")

    public_url: str = Field(
        default="", description="Address of the portal behind a TLS proxy on this machine, for example https://x.gov.cn"
    )
    session_idle_minutes: int = Field(default=30, ge=1, description="Minutes after which an idle session ends")
    session_hours: int = Field(default=10, ge=1, description="Hours after which a session ends in any case")
    password_length: int = Field(default=15, ge=8, description="Least characters of a password (NIST SP 800-63B)")
    sign_in_failures: int = Field(default=6, ge=1, le=100, description="Failures in a row that lock a name for a while")
    sign_in_failures_address: int = Field(default=40, ge=1, description="Failures that lock a network address")
    sign_in_wait_minutes: int = Field(default=15, ge=1, description="For how long they lock, in minutes")
    token_days: int = Field(default=365, ge=1, description="Longest life of a token of the API, in days")
    api_requests_minute: int = Field(
        default=600, ge=1, description="Requests a minute that one account may make by tokens of the API"
    )
    oidc_issuer: str = Field(default="", description="Issuer of the identity provider (OpenID Connect); none: not used")
    oidc_client_id: str = Field(default="", description="How the identity provider knows the portal")
    oidc_secret_file: Path | None = Field(default=None, description="File with the client secret; only its owner reads")
    oidc_claim: str = Field(default="sub", description="Claim that names an account's subject")

    export_days: int = Field(default=30, ge=1, description="Days after which a file taken from the list is destroyed")

    @property
    def landing_dir(self) -> Path:
        """Root of `<feed>/<YYYY-MM>/<name>[.rN].<format>`."""
        return self.landing or self.home / "landing"

    @property
    def agreements_file(self) -> Path:
        """Under which agreement, and until when, each department shares its data."""
        return self.agreements or self.landing_dir.parent / "agreements.yaml"

    @property
    def anchors_file(self) -> Path:
        """Heads of the audit chain, one a line; better kept where the installation's own people cannot write."""
        return self.anchors or self.home / "anchors.jsonl"

    @property
    def raw_dir(self) -> Path:
        """Content-addressed archive of delivered bytes."""
        return self.home / "raw"

    @property
    def keys_dir(self) -> Path:
        """Keys of the raw archive: one a delivery, and the master key that wraps them unless it is kept elsewhere."""
        return self.home / "keys"

    @property
    def lake_dir(self) -> Path:
        """Parquet below the vault: feed tables, identities and the stages of each edition; keys only."""
        return self.home / "lake"

    @property
    def vault_dir(self) -> Path:
        """Identity number, name, phone and address by person key."""
        return self.home / "vault"

    @property
    def quarantine_dir(self) -> Path:
        """Rows that were set aside, with their original text."""
        return self.home / "quarantine"

    @property
    def receipts_dir(self) -> Path:
        """Receipts for the departments (counts and places, no row content)."""
        return self.home / "receipts"

    @property
    def exports_dir(self) -> Path:
        """Files made for staff."""
        return self.home / "exports"

    @property
    def quality_dir(self) -> Path:
        """Data-quality pages."""
        return self.home / "quality"

    @property
    def parameters_dir(self) -> Path:
        """Local overlays of the parameters."""
        return self.home / "parameters.d"

    @property
    def models_dir(self) -> Path:
        """Trained models of need, each under its own id; tables of points, no personal data."""
        return self.home / "models"

    @property
    def sources_dir(self) -> Path:
        """Departments' tables and views that are fetched, and the files with their addresses."""
        return self.home / "sources.d"

    @property
    def dagster_home(self) -> Path:
        """Storage of Dagster."""
        return self.home / "dagster"

    @property
    def registry_url(self) -> str:
        """SQLAlchemy URL of the registry."""
        return self.database_url or f"sqlite:///{self.home / 'registry.db'}"


@cache
def settings() -> Settings:
    """The settings of this process, read once from the environment."""
    return Settings()


def environment(name: str) -> str:
    """A variable that the installation's own files name, such as the address of a database; empty when unset."""
    return os.environ.get(name, "")
