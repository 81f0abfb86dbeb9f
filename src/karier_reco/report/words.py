"""Moved to ``karier_reco.words``, which plan and command line use as well."""

from karier_reco.words import LONGEST as LONGEST
from karier_reco.words import Row as Row
from karier_reco.words import Words as Words
from karier_reco.words import rows_of as rows_of
from karier_reco.words import visible as visible
