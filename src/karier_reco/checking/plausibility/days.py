"""Sessions whose days fit no year of training."""

from __future__ import annotations

from karier_reco.checking.plausibility.sound import Sound

FEW = 10  # sessions from which it is no chance: ten random days all fall on weekends once in 270,000 draws


def check_days(sound: Sound) -> None:
    """Warn of sessions in one month, on weekends only, or in a year that no budget line is for."""
    sessions = sound("sessions", "starts_on")
    if sessions is None:
        return
    starts = sessions["starts_on"]
    months = starts.dt.strftime("%Y-%m")
    if len(starts) >= FEW and months.nunique() == 1:
        sound.whole("one_month", "sessions", "starts_on", months.iloc[0], count=str(len(starts)))
    if len(starts) >= FEW and (starts.dt.day_of_week >= 5).all():
        sound.whole("weekends_only", "sessions", "starts_on", str(len(starts)))
    budgets = sound.complete("budgets", "year")
    if budgets is not None and budgets["year"].notna().all():
        years = sorted({int(year) for year in budgets["year"]})
        outside = ~starts.dt.year.isin(years)
        sound.remark("outside_budget_year", "sessions", "starts_on", outside, years=", ".join(map(str, years)))
