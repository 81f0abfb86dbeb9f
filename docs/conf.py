"""How Sphinx builds these pages: ``make docs``."""

from __future__ import annotations

from karier_reco import __version__

project = "karier_reco"
author = "The karier_reco developers"
release = __version__
copyright = "The karier_reco developers; MIT licence"  # noqa: A001  # Sphinx's own name for it

extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the tests run every page and the notebook; here they are only shown

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = f"karier_reco {release}"
html_theme_options = {"show_prev_next": False, "navigation_with_keys": False}
html_sidebars = {"index": []}
html_show_sourcelink = False
